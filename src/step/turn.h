// One player's turn of a step: forward and backward over its batch, part by part.

#pragma once

#include <vector>

#include "experiment/experiment.h"
#include "step/fault.h"

namespace dlrun {

// Rows of a batch that go through the network together; `share` is what they count of all of them.
struct Part {
  Rows rows;
  Batch batch;
  double share = 1.0;
};

// These rows of every tensor that has one row for each sample.
Batch part_of(const Batch& batch, Rows rows);

// The batch cut as trainer.micro_batch_size asks.
std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch);

// Forward, and backward into the gradients, which add up over parts. The loss that comes back is detached.
Outcome learn(const Experiment& experiment, const Part& part, size_t player);

}  // namespace dlrun
