// AdaMax: Adam whose divisor is the largest gradient of late. (Kingma & Ba 2015, section 7; torch.optim.Adamax)

#include <ATen/ATen.h>

#include <cmath>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Adamax final : Optimizer {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  Adamax() : Optimizer(2e-3) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    fields.push_back(field("beta1", beta1, "Decay of the mean of gradients.", at_least(0), less_than(1)));
    fields.push_back(field("beta2", beta2, "Decay of the largest gradient so far.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to the size of each gradient.", more_than(0)));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"exp_avg", "exp_inf"}, sizes);
  }

  void update(const Update& update) const override {
    const double decay = update.momentum.value_or(beta1);
    const at::Tensor &gradients = update.gradients, &mean = update.state["exp_avg"];
    at::Tensor largest = update.state["exp_inf"];
    if (update.weight_decay != 0) gradients.add_(update.parameters, update.weight_decay);
    mean.lerp_(gradients, 1 - decay);
    at::maximum_out(largest, largest.mul_(beta2), gradients.abs().add_(epsilon));
    const double correction = 1 - std::pow(decay, static_cast<double>(update.updates));
    update.parameters.addcdiv_(mean, largest, -update.lr / correction);
  }
};

const Registered<Optimizer, Adamax> adamax_entry{"adamax", "Adam with the largest gradient of late as its divisor."};

}  // namespace
}  // namespace dlrun
