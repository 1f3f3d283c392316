// The trainings that a recipe's `repeat` asks for.

#pragma once

#include <memory>

#include "dist/group.h"
#include "experiment/recipe.h"
#include "train/train.h"

namespace dlrun {

// Trains them one after the other, into run folders inside the run folder, and says what they came to together. Returns
// the exit code of the first that is not 0; throws UserError.
int train_members(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe);

}  // namespace dlrun
