// How a batch is cut into parts that go through the network one after the other.

#pragma once

#include <vector>

#include "experiment/recipe.h"
#include "step/fault.h"
#include "tensor/batch.h"

namespace dlrun {

struct Part {
  RowRange rows;
  Batch batch;
};

// The batch cut as trainer.micro_batch_size or gradient_accumulation_steps ask; none is empty. Throws
// UserError(bad_recipe) as require_divisible() does.
std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch);

// Throws UserError(bad_recipe), naming the key that asks for parts, where the batch has a field that belongs to all of
// its samples as one: the edges of a graph.
void require_divisible(const Recipe& recipe, const Batch& batch);

}  // namespace dlrun
