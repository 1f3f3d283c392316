// Adan: Adam with a mean of the gradient's changes, as Nesterov's look ahead. (Xie et al. 2022, "Adan: Adaptive
// Nesterov Momentum Algorithm for Faster Optimizing Deep Models"; timm.optim.Adan, whose beta1 to beta3 are the
// published code's)

#include <ATen/ATen.h>

#include <cmath>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Adan final : Optimizer {
  double beta1 = 0.98;
  double beta2 = 0.92;
  double beta3 = 0.99;
  double epsilon = 1e-8;
  bool no_prox = false;

  Adan() : Optimizer(1e-3) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(
        "Pull of the weights towards zero, per step and unit of learning rate (decoupled): the weights are divided by "
        "1 "
        "+ lr * weight_decay after the step, or with no_prox multiplied by 1 - lr * weight_decay before it.");
    fields.push_back(field("beta1", beta1, "Decay of the mean of gradients.", at_least(0), less_than(1)));
    fields.push_back(field("beta2", beta2, "Decay of the mean of changes of the gradient.", at_least(0), less_than(1)));
    fields.push_back(field("beta3", beta3, "Decay of the mean of squares.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator.", more_than(0)));
    fields.push_back(field("no_prox", no_prox, "Decay the weights as AdamW does."));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"exp_avg", "exp_avg_diff", "exp_avg_sq", "neg_pre_grad"}, sizes);
  }

  void update(const Update& update) const override {
    const double first = update.momentum.value_or(beta1);
    const auto t = static_cast<double>(update.updates);
    const at::Tensor &gradients = update.gradients, &mean = update.state["exp_avg"],
                     &changes = update.state["exp_avg_diff"], &square = update.state["exp_avg_sq"],
                     &change = update.state["neg_pre_grad"];
    if (update.updates == 1)
      change.zero_();  // There is none yet.
    else
      change.add_(gradients);
    mean.lerp_(gradients, 1 - first);
    changes.mul_(beta2).add_(change, 1 - beta2);
    change.mul_(beta2).add_(gradients);
    square.mul_(beta3).addcmul_(change, change, 1 - beta3);
    const at::Tensor divisor = square.sqrt().div_(std::sqrt(1 - std::pow(beta3, t))).add_(epsilon);
    const double decay = update.lr * update.weight_decay;
    if (no_prox && decay != 0) update.parameters.mul_(1 - decay);
    update.parameters.addcdiv_(mean, divisor, -update.lr / (1 - std::pow(first, t)));
    update.parameters.addcdiv_(changes, divisor, -update.lr * beta2 / (1 - std::pow(beta2, t)));
    if (!no_prox && decay != 0) update.parameters.div_(1 + decay);
    change.copy_(gradients).neg_();
  }
};

const Registered<Optimizer, Adan> adan_entry{"adan", "Adam with a mean of the gradient's changes; bears high rates."};

}  // namespace
}  // namespace dlrun
