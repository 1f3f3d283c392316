// What one player of a task learns with.

#pragma once

#include <vector>

#include "optim/flat_parameters.h"
#include "tasks/task.h"

namespace dlrun {

// The parameters that a player trains. Throws UserError(bad_recipe) when there are none.
std::vector<ParameterSlot> trained_parameters(const Player& player);

}  // namespace dlrun
