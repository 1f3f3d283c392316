// The verb `data check`: what is wrong with the data of a recipe. Torch-free: the front program includes it.

#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct DataCheckOptions : CommonOptions {
  std::string recipe;
  std::vector<std::string> overrides;  // "a.b=value", applied in order
  std::string output;                  // folder of the report; empty: beside the run folder, "runs/NAME-data_check"
};

}  // namespace dlrun

// Returns the exit code: 65 when a finding is an error, 0 otherwise; throws UserError.
extern "C" int dlrun_data_check(const dlrun::DataCheckOptions& options);
