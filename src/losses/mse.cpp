// Mean squared error.

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MeanSquaredError final : PairLoss {
  std::vector<Field> fields() override { return {}; }

  // prediction and target of one shape, float -> squared units of the target.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (!target.is_floating_point() || prediction.sizes() != target.sizes())
      throw UserError(ExitCode::bad_recipe,
                      "loss: mse compares numbers one by one, and this task's targets are classes or of another shape "
                      "than the network's output; cross_entropy is for classes");
    return {at::mse_loss(prediction, target), weight_of(target.numel(), prediction)};
  }
};

const Registered<Loss, MeanSquaredError> entry{"mse", "Mean squared error."};

}  // namespace
}  // namespace dlrun
