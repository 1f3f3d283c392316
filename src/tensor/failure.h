// What libtorch throws, in a sentence: the one place that knows.

#pragma once

#include <exception>
#include <string>

namespace dlrun {

struct Failure {
  bool known = false;    // an error of libtorch
  bool memory = false;   // it wanted memory that is not there, or the accelerator does not work
  std::string sentence;  // without the trace of calls
  std::string details;   // with it, for those who report a mistake
};

Failure failure_of(const std::exception& error);

}  // namespace dlrun

// For the front program, which does not know libtorch's types.
extern "C" void dlrun_failure_of(const std::exception& error, dlrun::Failure& failure);
