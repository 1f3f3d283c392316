// What a training is too short for.

#pragma once

#include <string>
#include <vector>

#include "optim/schedule.h"

namespace dlrun {

// A sentence where so many epochs are never over in what the warm-up leaves of a training; nothing where they are.
std::vector<std::string> unreached_epochs(const std::string& key, double epochs, const TrainingSpan& rest);

}  // namespace dlrun
