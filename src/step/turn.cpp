// One player's turn of a step.

#include "step/turn.h"

#include <algorithm>

namespace dlrun {

Batch part_of(const Batch& batch, Rows rows) {
  Batch part;
  part.count = rows.count;
  for (const auto& [name, tensor] : batch.items()) {
    const bool by_sample = tensor.dim() > 0 && tensor.size(0) == batch.count;
    part.set(name, by_sample ? tensor.narrow(0, rows.begin, rows.count) : tensor);
  }
  return part;
}

std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch) {
  const int64_t count = std::min(recipe.trainer.parts(), std::max<int64_t>(1, batch.count));  // none is empty
  if (count == 1) return {{{0, batch.count}, batch, 1.0}};
  std::vector<Part> parts;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t size = batch.count / count;
    const Rows rows{i * size, i + 1 == count ? batch.count - i * size : size};
    parts.push_back({rows, part_of(batch, rows)});
  }
  double total = 0;
  for (Part& part : parts) total += part.share = recipe.task->weight(*recipe.loss, part.batch);
  for (Part& part : parts) part.share = total > 0 ? part.share / total : 0;
  return parts;
}

Outcome learn(const Experiment& experiment, const Part& part, size_t player) {
  const Recipe& recipe = experiment.recipe;
  Outcome outcome = recipe.task->step(*experiment.network, *recipe.loss, part.batch, player);
  (part.share == 1.0 ? outcome.loss : outcome.loss * part.share).backward();
  outcome.loss = outcome.loss.detach();
  return outcome;
}

}  // namespace dlrun
