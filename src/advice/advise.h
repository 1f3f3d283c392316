// The verb advise: data in, networks to begin with out. Torch-free: the front program includes it.

#pragma once

#include <string>

#include "base/options.h"

namespace dlrun {

struct AdviseOptions : CommonOptions {
  std::string data;    // a file or folder
  std::string test;    // a second file to test on
  std::string target;  // a column
  std::string task;    // classification, regression, or "" to guess
  std::string output;  // folder for the recipes; empty: none is written
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_advise(const dlrun::AdviseOptions& options);
