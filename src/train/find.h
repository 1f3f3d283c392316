// What dlrun train finds out before a training: a learning rate, and a batch size that fits.

#pragma once

#include "experiment/recipe.h"
#include "spec/read.h"
#include "train/train.h"

namespace dlrun {

// --find-lr and --find-batch-size: says what was found, on the terminal or as JSON, and writes nothing but the picture.
// Gives the exit code; throws UserError.
int find(const TrainOptions& options, Recipe& recipe, const Origins& origins);

}  // namespace dlrun
