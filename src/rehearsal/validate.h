// The verb validate: keys, types, files and the components' own rules. Torch-free: the front program includes it.

#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct ValidateOptions : CommonOptions {
  std::string recipe;
  std::vector<std::string> overrides;  // "a.b=value", applied in order
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_validate(const dlrun::ValidateOptions& options);
