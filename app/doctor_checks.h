// What the doctor looks at, and what it says.

#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace dlrun {

struct DoctorFinding {
  enum class State { good, note, bad };  // a note takes something away, bad stops every training here
  std::string about;                     // "memory"
  State state = State::good;
  std::string found;
  std::string remedy;             // empty where nothing needs to be done
  ExitCode code = ExitCode::bug;  // of a bad one: what a training would end with
};

// Everything, in the order in which it is told.
std::vector<DoctorFinding> examine();

}  // namespace dlrun
