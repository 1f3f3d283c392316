// Ranks that train different things give one network that nobody asked for: what must be the same on all of them.

#pragma once

#include "dist/group.h"
#include "experiment/experiment.h"

namespace dlrun {

// Each on every rank. Throw UserError, as on_every_rank() does, where a rank differs from rank 0: bad_recipe with the
// keys and both values; bad_data with the split. Threads may differ, as machines do.
void require_same_recipe(Group& group, Recipe& recipe);
// Sizes, what was fitted, and some samples of the training.
void require_same_data(Group& group, const Experiment& experiment);

}  // namespace dlrun
