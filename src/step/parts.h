// How a batch is cut into parts that go through the network one after the other.

#pragma once

#include <vector>

#include "experiment/experiment.h"
#include "step/fault.h"
#include "tensor/batch.h"

namespace dlrun {

struct Part {
  RowRange rows;
  Batch batch;
};

// So many samples in parts of at most `most`, the smaller one last. A sample alone, from which a norm over the batch
// learns nothing, gets one from the part before it, where that has one to spare: 9 in parts of 4 are 4, 3, 2.
std::vector<int64_t> part_sizes(int64_t samples, int64_t most);

// The batch cut as trainer.micro_batch_size or gradient_accumulation_steps ask, where it is one process' share of so
// many. Throws UserError(bad_recipe) as require_divisible() does.
std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch, int64_t processes = 1);

// The same of this process' share of a batch of several. Where they compute a turn together (sync_batchnorm, a loss
// that compares samples) it is an exchange: every process cuts as many parts as that with the fewest.
std::vector<Part> parts_of(const Experiment& experiment, const Batch& batch);

// Throws UserError(bad_recipe), naming the key that asks for parts, where the batch has a field that belongs to all of
// its samples as one: the edges of a graph.
void require_divisible(const Recipe& recipe, const Batch& batch);

}  // namespace dlrun
