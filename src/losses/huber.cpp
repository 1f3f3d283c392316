// Huber's loss: squared near the target, linear beyond delta, so that single large errors do not decide. (Huber 1964)

#include <ATen/ATen.h>

#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Huber final : PairLoss {
  double delta = 1.0;

  std::vector<Field> fields() override {
    return {field("delta", delta, "The error from which on the loss is linear, in units of the target.", more_than(0))};
  }

  // prediction and target of one shape, float -> error^2 / 2 up to delta, then delta (|error| - delta / 2).
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("huber", prediction, target);
    return {at::huber_loss(prediction, target, at::Reduction::Mean, delta), weight_of(target.numel(), prediction)};
  }
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("huber", prediction, target);
    return {at::huber_loss(prediction, target, at::Reduction::None, delta)};
  }
};

const Registered<Loss, Huber> huber_entry{"huber", "Squared error near the target, absolute error beyond delta."};

}  // namespace
}  // namespace dlrun
