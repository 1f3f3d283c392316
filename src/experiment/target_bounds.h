// Whether the targets are such as the loss takes, before a training.

#pragma once

#include "experiment/recipe.h"

namespace dlrun {

// Looks at the targets of all splits that are tensors in memory; others are looked at batch by batch, by the loss
// itself. Throws UserError: bad_data for a target below what the loss takes, by its row and column; bad_recipe for a
// data.target_scaling that would make other numbers of them.
void require_bounded_targets(const Recipe& recipe, const Splits& splits);

}  // namespace dlrun
