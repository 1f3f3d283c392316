// Cross entropy of a softmax over classes, with label smoothing and class weights.
// (torch.nn.CrossEntropyLoss; label smoothing of Szegedy et al. 2016.)

#include <ATen/ATen.h>

#include <optional>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct CrossEntropy final : PairLoss {
  double label_smoothing = 0.0;
  std::vector<double> class_weights;
  int64_t ignore_index = padding;

  std::vector<Field> fields() override {
    return {
        field("label_smoothing", label_smoothing, "Share of the target spread evenly over all classes.", at_least(0),
              less_than(1)),
        field("class_weights", class_weights,
              "Weight of each class in the mean, in the order of the classes; empty weighs all alike.", at_least(0)),
        field("ignore_index", ignore_index, "Targets of this value count for nothing."),
    };
  }

  // Padding is known to everyone who measures.
  std::optional<int64_t> ignored() const override {
    return ignore_index == padding ? std::nullopt : std::optional(ignore_index);
  }

  // prediction [N, ..., classes] float logits, target [N, ...] int64 -> nats, a mean over the weights of the targets'
  // classes. In sequences and pictures targets of `ignore_index` do not count, nor do those that readers fill up with.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (target.scalar_type() != at::kLong)
      throw UserError(ExitCode::bad_recipe,
                      "loss: cross_entropy compares classes, and this task's targets are numbers; mse compares those");
    const int64_t classes = prediction.size(-1);
    if (!class_weights.empty() && static_cast<int64_t>(class_weights.size()) != classes)
      throw UserError(ExitCode::bad_recipe, "loss.class_weights: has " + std::to_string(class_weights.size()) +
                                                " values, the data have " + std::to_string(classes) + " classes");
    const at::Tensor scores = prediction.reshape({-1, classes});
    at::Tensor truth = target.reshape({-1});
    if (ignore_index != padding) truth = truth.masked_fill(truth.eq(padding), ignore_index);
    const auto loss = [&](const at::Tensor& weights, at::Reduction::Reduction reduction) {
      return at::cross_entropy_loss(scores, truth, weights, reduction, ignore_index, label_smoothing);
    };
    // Classes are numbered from 0: a single class for each sample is never ignored by a number below.
    const bool all_count = class_weights.empty() && ignore_index < 0 && target.dim() == 1;
    if (all_count) return {loss({}, at::Reduction::Mean), weight_of(truth.numel(), prediction)};
    at::Tensor counted = truth.ne(ignore_index).to(at::kDouble), weights;
    if (!class_weights.empty()) {
      weights = at::tensor(class_weights, prediction.options());
      counted = counted * weights.index_select(0, truth.clamp(0, classes - 1)).to(at::kDouble);
    }
    return mean_of(loss(weights, at::Reduction::Sum), counted.sum());
  }
};

const Registered<Loss, CrossEntropy> entry{"cross_entropy", "Cross entropy of a softmax over classes."};

}  // namespace
}  // namespace dlrun
