// What the command line of train asks for.

#pragma once

#include <memory>

#include "experiment/recipe.h"
#include "run/run_folder.h"
#include "spec/read.h"
#include "train/train.h"

namespace dlrun {

// The recipe to train, and where. With --resume a run folder may stand for its own recipe. Throws UserError.
std::unique_ptr<Recipe> read_recipe(const TrainOptions& options, Origins& origins);

// What becomes of a run that is in the folder already.
Start start_of(const TrainOptions& options);

}  // namespace dlrun
