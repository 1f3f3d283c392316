// Which parameters a run trains.

#pragma once

#include <vector>

#include "experiment/experiment.h"
#include "optim/flat_parameters.h"

namespace dlrun {

// The parameters of each player of the recipe's task that are not frozen, by their names in the whole network
// ("generator.main.0.weight"), which optimizer.groups match and checkpoints hold. Throws UserError(bad_recipe) when a
// player has none, or the optimizer does not suit them all.
std::vector<std::vector<NamedTensor>> trained_parameters(const Recipe& recipe, Module& all);

// Steps before what an entry names is trained.
int64_t begins_at(const Unfreeze& entry, const TrainingSpan& span);
// What trainer.unfreeze says, in steps. Throws UserError(bad_recipe) where an entry matches none of `slots`.
std::vector<LateParameters> late_parameters(const Experiment& experiment,
                                            const std::vector<std::vector<NamedTensor>>& slots);

}  // namespace dlrun
