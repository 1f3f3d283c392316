// How a batch is cut into parts that go through the network one after the other.

#include "step/parts.h"

#include <fmt/format.h>

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

std::vector<int64_t> part_sizes(int64_t samples, int64_t most) {
  std::vector<int64_t> sizes(static_cast<size_t>(samples / most), most);
  if (samples % most > 0) sizes.push_back(samples % most);
  const size_t count = sizes.size();
  if (count > 1 && sizes[count - 1] == 1 && sizes[count - 2] > 2) {
    --sizes[count - 2];
    ++sizes[count - 1];
  }
  return sizes;
}

std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch, int64_t processes) {
  require_divisible(recipe, batch);
  const int64_t most = recipe.trainer.part_size(processes);
  if (recipe.trainer.parts() == 1 || batch.count <= most) return {{{0, batch.count}, batch}};
  std::vector<Part> parts;
  int64_t first = 0;
  for (const int64_t size : part_sizes(batch.count, most)) {
    parts.push_back({{first, size}, batch.cut(first, size)});
    first += size;
  }
  return parts;
}

}  // namespace dlrun
