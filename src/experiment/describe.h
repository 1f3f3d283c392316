// The verb describe for a recipe: its layer table. Torch-free: the front program includes it.

#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct DescribeOptions : CommonOptions {
  std::string recipe;
  std::vector<std::string> overrides;  // "a.b=value", applied in order
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_describe(const dlrun::DescribeOptions& options);
