// Which GPU a process computes on.

#pragma once

#include <cstdint>

#include "dist/place.h"

namespace dlrun {

// Of `count` GPUs that this process sees: the one with its number among the processes of this machine; the only one
// where a launcher shows each its own (Slurm: --gpus-per-task), which CUDA_VISIBLE_DEVICES tells. 0 of a process alone.
// Throws UserError(bad_recipe) where there are fewer GPUs than processes.
int64_t gpu_of(const RankPlace& place, int64_t count, const Variables& variables = process_variable);

}  // namespace dlrun
