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
  std::vector<double> pos_weight;
  double label_smoothing = 0.0;

  std::vector<Field> fields() override {
    return {
        field("positive_weight", positive_weight, "Weight of positive targets against negative ones.", more_than(0)),
        field("pos_weight", pos_weight, "Likewise, a number for each output, where they differ.", at_least(0)),
        field("label_smoothing", label_smoothing, "Targets move this share of the way towards one half.", at_least(0),
              less_than(1)),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"pos_weight", "not given(pos_weight) or positive_weight == 1",
             "weighs positive targets of each output; give either of the two"}};
  }

  // One logit tells two classes apart; more classes get one logit each, one class against the rest.
  int64_t outputs(int64_t classes) const override { return classes == 2 ? 1 : classes; }
  Chances chances() const override { return Chances::sigmoid; }

  // prediction [..., K] float logits, target [..., K] in [0, 1] (several may be 1) or [...] int64 class indices ->
  // nats, a mean over all numbers. In sequences and pictures, indices below 0 do not count.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    const Compared all = compared(prediction, target);
    if (!all.counts.defined())
      return {at::binary_cross_entropy_with_logits(prediction, all.truth, {}, all.weight),
              weight_of(all.truth.numel(), prediction)};
    const Terms each = terms_of(prediction, all);
    return mean_of(each.loss.sum(), each.weight.sum().to(at::kDouble));
  }
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    return terms_of(prediction, compared(prediction, target));
  }

 private:
  struct Compared {
    at::Tensor truth, weight;  // like the prediction; of positive targets, or undefined
    at::Tensor counts;         // like the prediction, bool; undefined where all do
  };

  static Terms terms_of(const at::Tensor& prediction, const Compared& all) {
    const at::Tensor each =
        at::binary_cross_entropy_with_logits(prediction, all.truth, {}, all.weight, at::Reduction::None);
    if (!all.counts.defined()) return {each};
    return {each * all.counts.to(each.scalar_type()), all.counts};
  }

  Compared compared(const at::Tensor& prediction, const at::Tensor& target) const {
    const bool indices = target.scalar_type() == at::kLong && prediction.size(-1) > 1;
    // A class of a whole sample is always there.
    const bool padded = target.scalar_type() == at::kLong && target.dim() > 1;
    const at::Tensor known = padded ? target.clamp_min(0) : target;
    const at::Tensor truth = indices ? at::one_hot(known, prediction.size(-1)) : known;
    if (truth.numel() != prediction.numel())
      throw UserError(ExitCode::bad_recipe,
                      "loss: bce needs one target for each output, and this task's targets have another shape than the "
                      "network's output");
    if (!indices) expect_probabilities(target);
    Compared all{truth.to(prediction.scalar_type()).reshape(prediction.sizes()), of_positive(prediction), {}};
    if (label_smoothing > 0) all.truth = all.truth * (1 - label_smoothing) + 0.5 * label_smoothing;
    if (padded)
      all.counts =
          target.ge(0).reshape({-1, 1}).expand({-1, prediction.numel() / target.numel()}).reshape(prediction.sizes());
    return all;
  }

  at::Tensor of_positive(const at::Tensor& prediction) const {
    if (pos_weight.empty() && positive_weight == 1.0) return {};
    const at::TensorOptions options = prediction.options().requires_grad(false);
    if (pos_weight.empty()) return at::full({1}, positive_weight, options);
    if (static_cast<int64_t>(pos_weight.size()) != prediction.size(-1))
      throw UserError(ExitCode::bad_recipe, fmt::format("loss.pos_weight: has {} values, the network gives {} numbers",
                                                        pos_weight.size(), prediction.size(-1)));
    return at::tensor(pos_weight, options);
  }
};

const Registered<Loss, BinaryCrossEntropy> bce_entry{"bce", "Binary cross entropy of a sigmoid, from logits."};

}  // namespace
}  // namespace dlrun
