// The verb replay: a step that diverged, run again. Torch-free: the front program includes it.

#pragma once

#include <string>

#include "base/options.h"

namespace dlrun {

struct ReplayOptions : CommonOptions {
  std::string folder;  // runs/NAME/divergence/step-N
};

}  // namespace dlrun

// Returns the exit code: diverged when the step diverges again, ok when it does not. Throws UserError.
extern "C" int dlrun_replay(const dlrun::ReplayOptions& options);
