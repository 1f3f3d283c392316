// Focal loss: cross entropy that counts what is classified well already for little, so that rare and hard samples are
// heard. (Lin et al. 2017; the form for one logit is torchvision.ops.sigmoid_focal_loss)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Focal final : PairLoss {
  double gamma = 2.0;
  std::vector<double> class_weights;
  std::optional<double> alpha;

  std::vector<Field> fields() override {
    return {
        field("gamma", gamma, "How fast a sample's share falls with the chance its class is given; 0 is cross entropy.",
              at_least(0)),
        field("class_weights", class_weights,
              "Weight of each class in the mean, in the order of the classes; empty weighs all alike.", at_least(0)),
        field("alpha", alpha, "Weight of positive targets where targets are numbers 0 to 1; 1 - alpha is the others'.",
              between(0, 1)),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"alpha", "count(alpha, class_weights) < 2", "weighs yes against no; class_weights weigh classes"}};
  }

  // prediction [..., classes] float logits with target [...] int64 (below 0: padding), or both of one shape with targets
  // from 0 to 1, one logit for each -> nats.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (target.scalar_type() == at::kLong && prediction.numel() == target.numel() * prediction.size(-1))
      return of_classes(prediction.reshape({-1, prediction.size(-1)}), target.reshape({-1}));
    if (!target.is_floating_point() || prediction.sizes() != target.sizes())
      throw UserError(ExitCode::bad_recipe,
                      "loss: focal compares scores with one class for each, or with numbers from 0 to 1 of the same "
                      "shape, and this task's targets are neither; mse is for other numbers");
    return of_chances(prediction, target);
  }

 private:
  static constexpr double least = 1e-8;  // Powers below 1 have no slope at 0, where a sure and right answer is.

  Weighted of_classes(const at::Tensor& scores, const at::Tensor& target) const {
    const int64_t classes = scores.size(1);
    if (!class_weights.empty() && static_cast<int64_t>(class_weights.size()) != classes)
      throw UserError(ExitCode::bad_recipe, fmt::format("loss.class_weights: has {} values, the data have {} classes",
                                                        class_weights.size(), classes));
    const at::Tensor truth = target.clamp_min(0);
    at::Tensor weight = target.ge(0).to(scores.scalar_type());
    if (!class_weights.empty())
      weight = weight * at::tensor(class_weights, scores.options()).index_select(0, truth);
    const at::Tensor likely = scores.log_softmax(1).gather(1, truth.unsqueeze(1)).squeeze(1);
    const at::Tensor missed = (1 - likely.exp()).clamp_min(least);
    return mean_of(-(weight * missed.pow(gamma) * likely).sum(), weight.sum(at::kDouble));
  }

  Weighted of_chances(const at::Tensor& scores, const at::Tensor& target) const {
    const at::Tensor truth = target.to(scores.scalar_type());
    const at::Tensor entropy = at::binary_cross_entropy_with_logits(scores, truth, {}, {}, at::Reduction::None);
    const at::Tensor chance = scores.sigmoid() * truth + (1 - scores.sigmoid()) * (1 - truth);
    at::Tensor loss = entropy * (1 - chance).clamp_min(least).pow(gamma);
    if (alpha) loss = loss * (*alpha * truth + (1 - *alpha) * (1 - truth));
    return {loss.mean(), weight_of(truth.numel(), scores)};
  }
};

const Registered<Loss, Focal> entry{"focal", "Cross entropy that listens to hard and rare samples."};

}  // namespace
}  // namespace dlrun
