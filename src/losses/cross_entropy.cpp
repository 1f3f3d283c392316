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
                      "loss: cross_entropy compares classes, and this task's targets are numbers; mse or bce do that");
    const int64_t classes = prediction.size(-1);
    at::Tensor weight;
    if (!class_weights.empty()) {
      if (static_cast<int64_t>(class_weights.size()) != classes)
        throw UserError(ExitCode::bad_recipe, "loss.class_weights: has " + std::to_string(class_weights.size()) +
                                                  " values, the data have " + std::to_string(classes) + " classes");
      weight = at::tensor(class_weights, prediction.options());
    }
    return at::cross_entropy_loss(prediction.reshape({-1, classes}), target.reshape({-1}), weight, at::Reduction::Mean,
                                  ignore_index, label_smoothing);
  }
};

const Registered<Loss, CrossEntropy> entry{"cross_entropy", "Cross entropy of a softmax over classes."};

}  // namespace
}  // namespace dlrun
