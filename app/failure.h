// How a verb ends that threw: every exception as one exit code and one message.

#pragma once

#include <exception>
#include <string>

#include "base/error.h"

namespace dlrun {

struct Outcome {
  ExitCode code = ExitCode::bug;
  std::string message;  // for people; no traces, nothing that moves a terminal's cursor
  std::string details;  // what a person who reports the mistake may add; often empty
};

// Of the exception being handled. Only main() asks.
Outcome outcome_of(const std::exception_ptr& error);

}  // namespace dlrun
