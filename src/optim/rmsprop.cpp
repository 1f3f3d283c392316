// RMSprop: gradients divided by the root of their running mean square. (Tieleman & Hinton 2012; centered: Graves 2013;
// torch.optim.RMSprop)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RmsProp final : Optimizer {
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0.0;
  bool centered = false;

  RmsProp() : Optimizer(0.01) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    fields.push_back(field("alpha", alpha, "Decay of the mean of squared gradients.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator.", more_than(0)));
    fields.push_back(
        field("momentum", momentum, "Share of the last step kept in this one.", at_least(0), less_than(1)));
    fields.push_back(field("centered", centered, "Divide by the root of the gradient's estimated variance instead."));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    std::vector<Kept> kept = like_parameter({"square_avg"}, sizes);
    if (centered) kept.push_back({"grad_avg", sizes.vec()});
    if (momentum != 0) kept.push_back({"momentum_buffer", sizes.vec()});
    return kept;
  }

  void update(const Update& update) const override {
    const at::Tensor &gradients = update.gradients, &squares = update.state["square_avg"];
    if (update.weight_decay != 0) gradients.add_(update.parameters, update.weight_decay);
    squares.mul_(alpha).addcmul_(gradients, gradients, 1 - alpha);
    at::Tensor divisor;
    if (centered) {
      const at::Tensor& mean = update.state["grad_avg"];
      mean.lerp_(gradients, 1 - alpha);
      // Rounding may leave the variance of a constant gradient below 0, and its root would be no number.
      divisor = squares.addcmul(mean, mean, -1).clamp_min_(0).sqrt_();
    } else {
      divisor = squares.sqrt();
    }
    divisor.add_(epsilon);
    if (momentum != 0) {
      const at::Tensor& buffer = update.state["momentum_buffer"];
      buffer.mul_(update.momentum.value_or(momentum)).addcdiv_(gradients, divisor);
      update.parameters.add_(buffer, -update.lr);
    } else {
      update.parameters.addcdiv_(gradients, divisor, -update.lr);
    }
  }
};

const Registered<Optimizer, RmsProp> rmsprop_entry{"rmsprop",
                                                   "Gradients divided by the root of their running mean square."};

}  // namespace
}  // namespace dlrun
