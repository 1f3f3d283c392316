// Focal loss: cross entropy that counts what is classified well already for little, so that rare and hard samples are
// heard. (Lin et al. 2017; the form for one logit is torchvision.ops.sigmoid_focal_loss)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "losses/class_weights.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Focal final : ClassWeightedLoss {
  double gamma = 2.0;
  std::optional<double> alpha;

  std::vector<Field> fields() override {
    return {
        field("gamma", gamma, "How fast a sample's share falls with the chance its class is given; 0 is cross entropy.",
              at_least(0)),
        class_weights_field(),
        balance_classes_field(),
        field(
            "alpha", alpha,
            "Weight of the second of two classes, or of positive targets where these are numbers 0 to 1; 1 - alpha is "
            "the others'. The mean is over samples, whatever they weigh.",
            between(0, 1)),
    };
  }

  std::vector<Relation> relations() const override {
    std::vector<Relation> all = ClassWeightedLoss::relations();
    all.push_back({"alpha", "not given(alpha) or not (given(class_weights) or balance_classes)",
                   "weighs yes against no; class_weights weigh classes"});
    return all;
  }

  // prediction [..., classes] float logits with target [...] int64 (below 0: padding), or both of one shape with
  // targets from 0 to 1, one logit for each -> nats.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    const Terms each = terms(prediction, target);
    if (each.weight.defined()) return mean_of(each.loss.sum(), each.weight.sum(at::kDouble));
    return {each.loss.mean(), weight_of(each.loss.numel(), prediction)};
  }
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (target.scalar_type() == at::kLong && prediction.numel() == target.numel() * prediction.size(-1))
      return of_classes(prediction, target);
    if (!target.is_floating_point() || prediction.sizes() != target.sizes())
      throw UserError(ExitCode::bad_recipe,
                      "loss: focal compares scores with one class for each, or with numbers from 0 to 1 of the same "
                      "shape, and this task's targets are neither; mse is for other numbers");
    return of_chances(prediction, target);
  }

 private:
  static constexpr double least = 1e-8;  // Powers below 1 have no slope at 0, where a sure and right answer is.

  Terms of_classes(const at::Tensor& prediction, const at::Tensor& target) const {
    const at::Tensor scores = prediction.reshape({-1, prediction.size(-1)});
    const at::Tensor weights = weights_of_classes(scores.size(1), scores);
    const at::Tensor truth = target.reshape({-1}).clamp_min(0);
    at::Tensor weight = target.reshape({-1}).ge(0).to(scores.scalar_type());
    if (weights.defined()) weight = weight * weights.index_select(0, truth);
    const at::Tensor likely = scores.log_softmax(1).gather(1, truth.unsqueeze(1)).squeeze(1);
    const at::Tensor missed = (1 - likely.exp()).clamp_min(least);
    at::Tensor loss = -(weight * missed.pow(gamma) * likely);
    if (alpha) loss = loss * of_second(scores.size(1), truth).to(loss.scalar_type());
    return {loss.reshape(target.sizes()), weight.reshape(target.sizes())};
  }

  at::Tensor of_second(int64_t classes, const at::Tensor& truth) const {
    if (classes == 2) return at::where(truth.eq(1), *alpha, 1 - *alpha);
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("loss.alpha: weighs the second of two classes, and these are {}; class_weights has a "
                                "weight for each",
                                classes));
  }

  Terms of_chances(const at::Tensor& scores, const at::Tensor& target) const {
    const at::Tensor truth = target.to(scores.scalar_type());
    const at::Tensor entropy = at::binary_cross_entropy_with_logits(scores, truth, {}, {}, at::Reduction::None);
    const at::Tensor chance = scores.sigmoid() * truth + (1 - scores.sigmoid()) * (1 - truth);
    at::Tensor loss = entropy * (1 - chance).clamp_min(least).pow(gamma);
    if (alpha) loss = loss * (*alpha * truth + (1 - *alpha) * (1 - truth));
    return {loss};
  }
};

const Registered<Loss, Focal> focal_entry{"focal", "Cross entropy that listens to hard and rare samples."};

}  // namespace
}  // namespace dlrun
