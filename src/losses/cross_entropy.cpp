// Cross entropy of a softmax over classes, with label smoothing and class weights.
// (torch.nn.CrossEntropyLoss; label smoothing of Szegedy et al. 2016.)

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct CrossEntropy final : Loss {
  double label_smoothing = 0.0;
  std::vector<double> class_weights;
  int64_t ignore_index = -100;

  std::vector<Field> fields() override {
    return {
        field("label_smoothing", label_smoothing, "Share of the target spread evenly over all classes.", at_least(0),
              less_than(1)),
        field("class_weights", class_weights,
              "Weight of each class in the mean, in the order of the classes; empty weighs all alike.", at_least(0)),
        field("ignore_index", ignore_index, "Targets of this value count for nothing."),
    };
  }

  // prediction [N, classes] or [N, T, classes] float logits, target [N] or [N, T] int64 -> scalar, nats.
  at::Tensor forward(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (target.scalar_type() != at::kLong)
      throw UserError(ExitCode::bad_recipe,
                      "loss: cross_entropy compares classes, and this task's targets are numbers; mse compares those");
    const int64_t classes = prediction.size(-1);
    if (!class_weights.empty() && static_cast<int64_t>(class_weights.size()) != classes)
      throw UserError(ExitCode::bad_recipe, "loss.class_weights: has " + std::to_string(class_weights.size()) +
                                                " values, the data have " + std::to_string(classes) + " classes");
    at::Tensor weight;
    if (!class_weights.empty()) weight = at::tensor(class_weights, prediction.options());
    if (this->weight(target) == 0) return prediction.sum() * 0;  // ATen would divide 0 by 0.
    return at::cross_entropy_loss(prediction.reshape({-1, classes}), target.reshape({-1}), weight, at::Reduction::Mean,
                                  ignore_index, label_smoothing);
  }

  double weight(const at::Tensor& target) const override {
    const bool ignores = ignore_index >= 0;  // Classes are numbered from 0: below, no target is ignored.
    if (target.is_meta() || (class_weights.empty() && !ignores)) return Loss::weight(target);
    const at::Tensor counted = ignores ? target.masked_select(target.ne(ignore_index)) : target.flatten();
    if (class_weights.empty()) return static_cast<double>(counted.numel());
    return at::tensor(class_weights, at::kDouble).index_select(0, counted.cpu()).sum().item<double>();
  }
};

const Registered<Loss, CrossEntropy> entry{"cross_entropy", "Cross entropy of a softmax over classes."};

}  // namespace
}  // namespace dlrun
