// How a batch is cut into parts that go through the network one after the other.

#include "step/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace dlrun {

void require_divisible(const Recipe& recipe, const Batch& batch) {
  const std::string field = batch.whole_field();
  if (recipe.trainer.parts() == 1 || field.empty()) return;
  throw UserError(
      ExitCode::bad_recipe,
      fmt::format(
          "trainer.{}: asks for {} parts of a batch, and data of the type {} cannot be cut: '{}' belongs to all "
          "samples as one. Leave it out; all of the graph goes through the network at once",
          recipe.trainer.gradient_accumulation_steps ? "gradient_accumulation_steps" : "micro_batch_size",
          recipe.trainer.parts(), recipe.data.type, field));
}

std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch) {
  require_divisible(recipe, batch);
  const int64_t count = std::min(recipe.trainer.parts(), std::max<int64_t>(1, batch.count));
  if (count == 1) return {{{0, batch.count}, batch}};
  std::vector<Part> parts;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t size = batch.count / count, first = i * size;
    const RowRange rows{first, i + 1 == count ? batch.count - first : size};
    parts.push_back({rows, batch.cut(rows.begin, rows.count)});
  }
  return parts;
}

}  // namespace dlrun
