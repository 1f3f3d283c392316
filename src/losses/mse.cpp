// Mean squared error.

#include <ATen/ATen.h>

#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MeanSquaredError final : PairLoss {
  std::vector<Field> fields() override { return {}; }

  // prediction and target of one shape, float -> squared units of the target.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("mse", prediction, target);
    return {at::mse_loss(prediction, target), weight_of(target.numel(), prediction)};
  }
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("mse", prediction, target);
    return {at::mse_loss(prediction, target, at::Reduction::None)};
  }
};

const Registered<Loss, MeanSquaredError> mse_entry{"mse", "Mean squared error."};

}  // namespace
}  // namespace dlrun
