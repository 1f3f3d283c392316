// Whether the targets are such as the loss takes.

#include "experiment/target_bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "data/tensor_split.h"
#include "losses/bounds_targets.h"

namespace dlrun {
namespace {

// The first target below `least`, and how many there are.
struct Below {
  int64_t sample = -1, column = 0, count = 0;
  double value = 0.0;
};

Below below(const Split& split, double least) {
  constexpr int64_t at_once = 65536;
  Below found;
  for (int64_t first = 0; first < split.size(); first += at_once) {
    std::vector<int64_t> rows(static_cast<size_t>(std::min(at_once, split.size() - first)));
    std::iota(rows.begin(), rows.end(), first);
    const Batch batch = split.gather(rows);
    if (!batch.has("target") || !batch["target"].is_floating_point()) return found;
    const at::Tensor target = batch["target"].flatten(1), places = target.lt(least).nonzero();
    found.count += places.size(0);
    if (found.sample >= 0 || places.size(0) == 0) continue;
    const int64_t row = places[0][0].item<int64_t>();
    found.column = places[0][1].item<int64_t>();
    found.sample = first + row;
    found.value = target[row][found.column].item<double>();
  }
  return found;
}

}  // namespace

void require_bounded_targets(const Recipe& recipe, const Splits& splits) {
  const auto* bounds = dynamic_cast<const BoundsTargets*>(recipe.loss.value.get());
  if (!bounds) return;
  const std::string& loss = recipe.loss.type;
  if (!splits.info.target_scale.empty())
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("data.target_scaling: loss {} compares {}, and scaling makes other numbers of them; "
                                "leave it out, or use mse",
                                loss, bounds->targets_are()));
  for (const auto& [name, split] : {std::pair{"train", splits.train}, {"val", splits.val}, {"test", splits.test}}) {
    if (!dynamic_cast<const TensorSplit*>(split.get())) continue;
    const Below found = below(*split, bounds->least_target());
    if (found.count == 0) continue;
    const std::vector<std::string>& targets = splits.info.targets;
    const auto column = static_cast<size_t>(found.column);
    throw UserError(
        ExitCode::bad_data,
        fmt::format("loss: {} compares {}, and target {} of {} ({}) is {}{}; mse or huber are for other numbers", loss,
                    bounds->targets_are(),
                    column < targets.size() ? "'" + targets[column] + "'" : "number " + std::to_string(column),
                    split->describe(found.sample), name, found.value,
                    found.count > 1 ? fmt::format(", the first of {} below {}", found.count, bounds->least_target())
                                    : std::string()));
  }
}

}  // namespace dlrun
