// Cross entropy of a softmax over classes, with label smoothing and class weights.
// (torch.nn.CrossEntropyLoss; label smoothing of Szegedy et al. 2016.)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "losses/class_weights.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct CrossEntropy final : ClassWeightedLoss {
  double label_smoothing = 0.0;
  int64_t ignore_index = padding;

  std::vector<Field> fields() override {
    return {
        field("label_smoothing", label_smoothing, "Share of the target spread evenly over all classes.", at_least(0),
              less_than(1)),
        class_weights_field(),
        balance_classes_field(),
        field("ignore_index", ignore_index, "Targets of this value count for nothing."),
    };
  }

  // Padding is known to everyone who measures.
  std::optional<int64_t> ignored() const override {
    return ignore_index == padding ? std::nullopt : std::optional(ignore_index);
  }

  // prediction [N, ..., classes] float logits, target [N, ...] int64 or [N, ..., classes] float probabilities -> nats,
  // a mean over the weights of the targets' classes, of probabilities over samples. In sequences and pictures targets
  // of `ignore_index` do not count, nor do those that readers fill up with.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    const int64_t samples = prediction.numel() / prediction.size(-1);
    // Classes are numbered from 0: a single class for each sample is never ignored by a number below.
    const bool all_count = class_weights.empty() && ignore_index < 0 && target.dim() == 1;
    if (all_count) return {added(prediction, target, at::Reduction::Mean).loss, weight_of(samples, prediction)};
    const Terms sum = added(prediction, target, at::Reduction::Sum);
    if (!sum.weight.defined()) return {sum.loss / samples, weight_of(samples, prediction)};
    return mean_of(sum.loss, sum.weight.sum());
  }
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    Terms each = added(prediction, target, at::Reduction::None);
    const at::IntArrayRef sizes = prediction.sizes().slice(0, static_cast<size_t>(prediction.dim()) - 1);
    each.loss = each.loss.reshape(sizes);
    if (each.weight.defined()) each.weight = each.weight.reshape(sizes);
    return each;
  }

 private:
  // The loss with that reduction, and what each target weighs [n] float64; undefined where targets are probabilities,
  // each of which counts 1, as in PyTorch.
  Terms added(const at::Tensor& prediction, const at::Tensor& target, at::Reduction::Reduction reduction) const {
    const int64_t classes = prediction.size(-1);
    const at::Tensor scores = prediction.reshape({-1, classes});
    if (target.scalar_type() != at::kLong) {
      expect_distributions(prediction, target);
      const at::Tensor truth = target.reshape({-1, classes}).to(scores.scalar_type());
      return {at::cross_entropy_loss(scores, truth, weights_of_classes(classes, prediction), reduction, padding,
                                     label_smoothing)};
    }
    const at::Tensor weights = weights_of_classes(classes, prediction);
    at::Tensor truth = target.reshape({-1});
    if (ignore_index != padding) truth = truth.masked_fill(truth.eq(padding), ignore_index);
    const at::Tensor loss = at::cross_entropy_loss(scores, truth, weights, reduction, ignore_index, label_smoothing);
    if (reduction == at::Reduction::Mean) return {loss};
    at::Tensor counted = truth.ne(ignore_index).to(at::kDouble);
    if (weights.defined()) counted = counted * weights.index_select(0, truth.clamp(0, classes - 1)).to(at::kDouble);
    return {loss, counted};
  }

  // Looks at memory itself: what the tap records is the same with and without values.
  static void expect_distributions(const at::Tensor& prediction, const at::Tensor& target) {
    const int64_t classes = prediction.size(-1);
    if (!target.is_floating_point() || target.sizes() != prediction.sizes() || classes < 2)
      throw UserError(
          ExitCode::bad_recipe,
          "loss: cross_entropy compares classes, or a probability for each of them, and this task's targets "
          "are other numbers; mse compares those");
    if (target.is_meta() || !target.is_cpu() || target.scalar_type() != at::kFloat || !target.is_contiguous()) return;
    const float* row = target.const_data_ptr<float>();
    for (int64_t i = 0; i < target.numel() / classes; ++i, row += classes) {
      const double sum = std::accumulate(row, row + classes, 0.0);
      const bool possible = std::all_of(row, row + classes, [](float one) { return one >= 0; });
      if (possible && std::abs(sum - 1) < tolerance) continue;
      throw UserError(
          ExitCode::bad_recipe,
          fmt::format("loss: cross_entropy compares probabilities, and those of a target add up to {:.6g} or "
                      "lie below 0; mse is for other numbers",
                      sum));
    }
  }

  static constexpr double tolerance = 1e-3;
};

const Registered<Loss, CrossEntropy> cross_entropy_entry{"cross_entropy", "Cross entropy of a softmax over classes."};

}  // namespace
}  // namespace dlrun
