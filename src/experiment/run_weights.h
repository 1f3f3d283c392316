// The weights of a trained run, for another to start from.

#pragma once

#include <string>

#include "run/weights_file.h"

namespace dlrun {

bool is_run_folder(const std::string& path);

// Those of the run's best checkpoint, or of its last where none is kept for being best: the averaged ones where it has
// such, by their names in the whole network. Throws UserError as restore() does.
WeightsFile weights_of_run(const std::string& folder);

}  // namespace dlrun
