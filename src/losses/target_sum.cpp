// The sum of what several targets cost, of which each has a loss of its own.

#include <ATen/ATen.h>

#include "losses/loss.h"
#include "losses/sums_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct TargetSum final : Loss, SumsTargets {
  std::vector<Field> fields() override { return {}; }

  // answer: a scalar for each target, by name, times its weight, and a mean over the rows whose number (or sum of
  // weights) is "weight" of `truth`, a scalar float64 -> their sum.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    Weighted sum{{}, truth["weight"]};
    for (const Batch::Item& item : answer.items()) sum.mean = sum.mean.defined() ? sum.mean + item.value : item.value;
    return sum;
  }
};

const Registered<Loss, TargetSum> target_sum_entry{
    "target_sum", "The sum of the losses of several targets, which the task multi_target gives each of them."};

}  // namespace
}  // namespace dlrun
