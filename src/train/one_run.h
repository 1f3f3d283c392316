// One training, from its run folder to its results.

#pragma once

#include <functional>
#include <memory>

#include "dist/group.h"
#include "experiment/recipe.h"
#include "spec/read.h"
#include "train/train.h"

namespace dlrun {

// Trains as one of the processes of a group, of which only the first writes and speaks, and leaves the verdict in the
// run folder. `writes` is called before anything is written. Returns the exit code; throws UserError.
int train_one_run(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe,
                  const Origins& origins, const std::function<void()>& writes);

}  // namespace dlrun
