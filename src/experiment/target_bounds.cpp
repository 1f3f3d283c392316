// Whether the targets are such as the loss takes.

#include "experiment/target_bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "data/own_targets.h"
#include "data/tensor_split.h"
#include "losses/bounds_targets.h"
#include "tasks/several_targets.h"

namespace dlrun {
namespace {

// The first target below `least`, and how many there are.
struct Below {
  int64_t sample = -1, column = 0, count = 0;
  double value = 0.0;
};

// Of the field `target`, in all columns or in one.
Below below(const Split& split, const std::string& field, std::optional<int64_t> only, double least) {
  constexpr int64_t at_once = 65536;
  Below found;
  for (int64_t first = 0; first < split.size(); first += at_once) {
    std::vector<int64_t> rows(static_cast<size_t>(std::min(at_once, split.size() - first)));
    std::iota(rows.begin(), rows.end(), first);
    const Batch batch = split.gather(rows);
    if (!batch.has(field) || !batch[field].is_floating_point()) return found;
    at::Tensor target = batch[field].flatten(1);
    if (only) target = target.narrow(1, *only, 1);
    const at::Tensor places = target.lt(least).nonzero();
    found.count += places.size(0);
    if (found.sample >= 0 || places.size(0) == 0) continue;
    const int64_t row = places[0][0].item<int64_t>();
    found.column = places[0][1].item<int64_t>();
    found.sample = first + row;
    found.value = target[row][found.column].item<double>();
  }
  return found;
}

// Of which loss, and which targets: of one task all, of several one.
struct Bounded {
  const Choice<Loss>& loss;
  std::optional<std::string> target;
};

bool is_scaled(const DataInfo& info, const std::optional<std::string>& target) {
  if (info.target_scale.empty()) return false;
  for (size_t k = 0; k < info.targets.size(); ++k)
    if (target == info.targets[k]) return info.target_scale[k] != 1.0 || info.target_offset[k] != 0.0;
  return !target;
}

void require_bounded(const Bounded& which, const Splits& splits) {
  const auto* bounds = dynamic_cast<const BoundsTargets*>(which.loss.value.get());
  if (!bounds) return;
  const std::string& loss = which.loss.type;
  if (is_scaled(splits.info, which.target))
    throw UserError(
        ExitCode::bad_recipe,
        fmt::format("data.target_scaling: loss {} compares {}, and scaling makes other numbers of them; "
                    "leave it out{}, or use mse",
                    loss, bounds->targets_are(),
                    which.target ? fmt::format(" there (data.unscaled_targets: [{}])", *which.target) : ""));
  const std::vector<std::string>& targets = splits.info.targets;
  std::string field = "target";
  std::optional<int64_t> only;
  if (which.target && splits.info.find(target_field(*which.target)))
    field = target_field(*which.target);
  else if (which.target)
    only = std::find(targets.begin(), targets.end(), *which.target) - targets.begin();
  if (only && *only == std::ssize(targets)) return;  // The task says that there is no such target.
  for (const auto& [name, split] : {std::pair{"train", splits.train}, {"val", splits.val}, {"test", splits.test}}) {
    if (!dynamic_cast<const TensorSplit*>(split.get())) continue;
    const Below found = below(*split, field, only, bounds->least_target());
    if (found.count == 0) continue;
    const auto column = static_cast<size_t>(found.column);
    const std::string called =
        column < targets.size() ? "'" + targets[column] + "'" : "number " + std::to_string(column);
    throw UserError(
        ExitCode::bad_data,
        fmt::format("loss: {} compares {}, and target {} of {} ({}) is {}{}; mse or huber are for other numbers", loss,
                    bounds->targets_are(), which.target ? "'" + *which.target + "'" : called,
                    split->describe(found.sample), name, found.value,
                    found.count > 1 ? fmt::format(", the first of {} below {}", found.count, bounds->least_target())
                                    : std::string()));
  }
}

}  // namespace

void require_bounded_targets(const Recipe& recipe, const Splits& splits) {
  const auto* several = dynamic_cast<const SeveralTargets*>(recipe.task.value.get());
  if (!several) return require_bounded({recipe.loss, {}}, splits);
  for (const TargetPart& part : several->parts()) require_bounded({*part.loss, part.name}, splits);
}

}  // namespace dlrun
