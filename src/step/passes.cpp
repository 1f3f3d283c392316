// The forward and backward passes of a turn, over the parts of its batch.

#include "step/passes.h"

#include <utility>
#include <vector>

#include "step/pipeline_moves.h"
#include "step/step.h"

namespace dlrun {
namespace {

// All calls of backward() are this one.
void go_back(const at::Tensor& from, const at::Tensor& gradient = {}) { from.backward(gradient); }

void add(Outcome& sum, Outcome&& one) {
  one.loss.mean = one.loss.mean.detach();
  sum = sum.loss.mean.defined() ? joined(sum, one) : std::move(one);
}

// Calls forward() and backward() of each part as a process does that has the loss.
void part_by_part(std::span<const Part> parts, StepWatcher* watcher, const std::function<void(size_t)>& forward,
                  const std::function<void(size_t)>& backward) {
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto work = [&] {
      forward(i);
      backward(i);
    };
    if (watcher)
      watcher->part(parts[i], work);
    else
      work();
  }
}

}  // namespace

Outcome make_passes(const Passes& passes, std::span<const Part> parts, StepWatcher* watcher) {
  Outcome sum, one;
  const auto forward = [&](size_t i) {
    one = passes.turn(parts[i]);
    if (watcher) watcher->forwarded(one);
  };
  const auto backward = [&](size_t i) {
    if (i + 1 == parts.size()) passes.before_last();
    go_back(passes.from(one));
    add(sum, std::exchange(one, {}));
  };
  part_by_part(parts, watcher, forward, backward);
  return sum;
}

Outcome make_passes(const Passes& passes, std::span<const Part> parts, StepWatcher* watcher, PipelineStage& stage,
                    Group& stages) {
  Outcome sum;
  std::vector<Outcome> outcomes(parts.size());
  std::vector<PipelineStage::Passed> passed(parts.size());
  const auto forward = [&](size_t i) {
    passed[i] = stage.forward([&] { outcomes[i] = passes.turn(parts[i]); });
    if (stage.last() && watcher) watcher->forwarded(outcomes[i]);
  };
  const auto backward = [&](size_t i) {
    const PipelineStage::Passed one = std::exchange(passed[i], {});
    if (i + 1 == parts.size()) passes.before_last();
    stage.backward(one, [&](const at::Tensor& gradient) {
      if (stage.last()) return go_back(passes.from(outcomes[i]));
      if (one.departed.requires_grad()) go_back(one.departed, gradient);  // Else nothing up to here learns.
    });
    if (stage.last()) add(sum, std::exchange(outcomes[i], {}));
  };
  if (stage.last())
    part_by_part(parts, watcher, forward, backward);
  else
    for (const PipelineMove& move : pipeline_moves(parts.size(), stage.index(), stage.count()))
      move.forward ? forward(move.part) : backward(move.part);
  stage.finish();

  at::Tensor numbers = at::zeros({2}, at::kDouble);
  if (stage.last()) numbers = at::stack({sum.loss.mean.to(at::kDouble), sum.loss.weight.to(at::kDouble)}).cpu();
  stages.from_first(numbers);
  if (!stage.last()) sum.loss = {numbers[0].to(at::kFloat), numbers[1]};
  return sum;
}

}  // namespace dlrun
