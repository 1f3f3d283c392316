// Binary cross entropy of a sigmoid, from logits. (torch.nn.BCEWithLogitsLoss)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// Looks at memory itself: what the tap records is the same with and without values.
void expect_probabilities(const at::Tensor& target) {
  if (target.is_meta() || !target.is_cpu() || target.scalar_type() != at::kFloat || !target.is_contiguous()) return;
  const float* values = target.const_data_ptr<float>();
  const float* bad = std::find_if(values, values + target.numel(), [](float value) { return value < 0 || value > 1; });
  if (bad == values + target.numel()) return;
  throw UserError(ExitCode::bad_recipe,
                  fmt::format("loss: bce compares probabilities, and a target is {}; mse is for other numbers", *bad));
}

struct BinaryCrossEntropy final : PairLoss {
  double positive_weight = 1.0;
  double label_smoothing = 0.0;

  std::vector<Field> fields() override {
    return {
        field("positive_weight", positive_weight, "Weight of positive targets against negative ones.", more_than(0)),
        field("label_smoothing", label_smoothing, "Targets move this share of the way towards one half.", at_least(0),
              less_than(1)),
    };
  }

  // One logit tells two classes apart; more classes get one logit each, one class against the rest.
  int64_t outputs(int64_t classes) const override { return classes == 2 ? 1 : classes; }
  Chances chances() const override { return Chances::sigmoid; }

  // prediction [..., K] float logits, target [..., K] in [0, 1] or [...] int64 class indices -> nats, a mean over all
  // numbers. In sequences and pictures, indices below 0 do not count.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    const bool indices = target.scalar_type() == at::kLong && prediction.size(-1) > 1;
    // A class of a whole sample is always there.
    const bool padded = target.scalar_type() == at::kLong && target.dim() > 1;
    const at::Tensor known = padded ? target.clamp_min(0) : target;
    at::Tensor truth = indices ? at::one_hot(known, prediction.size(-1)) : known;
    if (truth.numel() != prediction.numel())
      throw UserError(ExitCode::bad_recipe,
                      "loss: bce needs one target for each output, and this task's targets have another shape than the "
                      "network's output");
    if (!indices) expect_probabilities(target);
    truth = truth.to(prediction.scalar_type()).reshape(prediction.sizes());
    if (label_smoothing > 0) truth = truth * (1 - label_smoothing) + 0.5 * label_smoothing;
    at::Tensor weight;
    if (positive_weight != 1.0) weight = at::full({1}, positive_weight, prediction.options());
    if (padded) {
      const at::Tensor counts = target.ge(0).reshape({-1, 1}).expand({-1, prediction.numel() / target.numel()});
      const at::Tensor each = at::binary_cross_entropy_with_logits(prediction, truth, {}, weight, at::Reduction::None)
                                  .reshape(counts.sizes());
      return mean_of((each * counts.to(each.scalar_type())).sum(), counts.sum().to(at::kDouble));
    }
    return {at::binary_cross_entropy_with_logits(prediction, truth, {}, weight), weight_of(truth.numel(), prediction)};
  }
};

const Registered<Loss, BinaryCrossEntropy> entry{"bce", "Binary cross entropy of a sigmoid, from logits."};

}  // namespace
}  // namespace dlrun
