// LAMB: Adam's step, scaled layer by layer to the norm of the weights, for large batches. (You et al. 2020, "Large
// Batch Optimization for Deep Learning: Training BERT in 76 minutes", algorithm 2 with the identity for phi)

#include <ATen/ATen.h>

#include <cmath>

#include "optim/moments.h"
#include "optim/optimizer.h"
#include "optim/whole_parameters.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Lamb final : Optimizer, WholeParameters {
  Moments moments{.epsilon = 1e-6};

  Lamb() : Optimizer(1e-3) { weight_decay = 0.01; }

  std::vector<Field> fields() override {
    std::vector<Field> fields =
        common_fields("This times the weight is added to Adam's step, before the step is scaled to the layer.");
    moments.add_fields(fields);
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"exp_avg", "exp_avg_sq"}, sizes);
  }

  void update(const Update& update) const override {
    const double beta1 = update.momentum.value_or(moments.beta1), beta2 = moments.beta2;
    const auto t = static_cast<double>(update.updates);
    const at::Tensor &mean = update.state["exp_avg"], &square = update.state["exp_avg_sq"];
    mean.lerp_(update.gradients, 1 - beta1);
    square.mul_(beta2).addcmul_(update.gradients, update.gradients, 1 - beta2);
    // The gradients have been used: the step is made where they were.
    at::Tensor step = update.gradients;
    at::sqrt_out(step, square);
    step.mul_(1 / std::sqrt(1 - std::pow(beta2, t))).add_(moments.epsilon);
    at::div_out(step, mean, step);
    step.mul_(1 / (1 - std::pow(beta1, t)));
    if (update.weight_decay != 0) step.add_(update.parameters, update.weight_decay);
    scale(update.pieces);
    update.parameters.add_(step, -update.lr);
  }

 private:
  // Multiplies each parameter's step by |weights| / |step|; by 1 where one of them is 0, as the authors' code does.
  static void scale(std::span<const Piece> pieces) {
    std::vector<at::Tensor> weights, steps;
    for (const Piece& piece : pieces) {
      weights.push_back(piece.parameter);
      steps.push_back(piece.gradient);
    }
    const at::Tensor weight_norms = at::stack(at::_foreach_norm(weights)),
                     step_norms = at::stack(at::_foreach_norm(steps));
    const at::Tensor usual = at::logical_and(weight_norms.gt(0), step_norms.gt(0));
    const at::Tensor ratios = at::where(usual, weight_norms / step_norms, at::ones_like(weight_norms));
    at::_foreach_mul_(steps, ratios.unbind());
  }
};

const Registered<Optimizer, Lamb> lamb_entry{"lamb", "Adam's step, scaled layer by layer to the norm of the weights."};

}  // namespace
}  // namespace dlrun
