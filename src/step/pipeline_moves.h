// In which order a stage of a pipeline computes the parts of a batch.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dlrun {

struct PipelineMove {
  bool forward;
  size_t part;
};

// One forward, one backward (Narayanan et al. 2021, PipeDream-Flush): after as many forward passes as there are stages
// behind this one, each is followed by the backward pass of the earliest part, so that no stage keeps more parts than
// there are stages from it on. `stage` counts from 0, where batches enter.
std::vector<PipelineMove> pipeline_moves(size_t parts, int64_t stage, int64_t stages);

// The share of a step in which a stage has nothing to do: (s - 1) / (m + s - 1) of m parts in s stages.
double waiting_share(size_t parts, int64_t stages);

}  // namespace dlrun
