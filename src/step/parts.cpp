// How a batch is cut into parts that go through the network one after the other.

#include "step/parts.h"

#include <fmt/format.h>

#include "base/error.h"
#include "dist/group.h"
#include "losses/compares_samples.h"

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

namespace {

std::vector<Part> cut(const Batch& batch, const std::vector<int64_t>& sizes) {
  if (sizes.size() == 1) return {{{0, batch.count}, batch}};
  std::vector<Part> parts;
  int64_t first = 0;
  for (const int64_t size : sizes) {
    parts.push_back({{first, size}, batch.cut(first, size)});
    first += size;
  }
  return parts;
}

std::vector<int64_t> asked_sizes(const Recipe& recipe, const Batch& batch, int64_t processes) {
  require_divisible(recipe, batch);
  const int64_t most = recipe.trainer.part_size(processes);
  if (recipe.trainer.parts() == 1 || batch.count <= most) return {batch.count};
  return part_sizes(batch.count, most);
}

}  // namespace

std::vector<Part> parts_of(const Recipe& recipe, const Batch& batch, int64_t processes) {
  return cut(batch, asked_sizes(recipe, batch, processes));
}

std::vector<Part> parts_of(const Experiment& experiment, const Batch& batch) {
  const Recipe& recipe = experiment.recipe;
  Group& group = *experiment.sharers;
  std::vector<int64_t> sizes = asked_sizes(recipe, batch, group.size());
  const bool together =
      recipe.hardware.sync_batchnorm || compares_samples(*recipe.loss) || experiment.passes_together();
  if (group.size() == 1 || recipe.trainer.parts() == 1 || !together) return cut(batch, sizes);
  const at::Tensor counts = group.append(at::full({1}, static_cast<int64_t>(sizes.size()), at::kLong));
  const int64_t fewest = counts.min().item<int64_t>();
  if (fewest == static_cast<int64_t>(sizes.size())) return cut(batch, sizes);
  sizes.clear();
  for (int64_t i = 0; i < fewest; ++i) sizes.push_back((i + 1) * batch.count / fewest - i * batch.count / fewest);
  return cut(batch, sizes);
}

}  // namespace dlrun
