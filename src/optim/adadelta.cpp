// Adadelta: steps in the unit of the weights, by running means of squared gradients and squared steps. (Zeiler 2012;
// torch.optim.Adadelta)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Adadelta final : Optimizer {
  double rho = 0.9;
  double epsilon = 1e-6;

  Adadelta() : Optimizer(1.0) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    fields.push_back(
        field("rho", rho, "Decay of the means of squared gradients and squared steps.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to both means before their roots are taken.", more_than(0)));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"square_avg", "acc_delta"}, sizes);
  }

  void update(const Update& update) const override {
    const at::Tensor &gradients = update.gradients, &squares = update.state["square_avg"],
                     &deltas = update.state["acc_delta"];
    if (update.weight_decay != 0) gradients.add_(update.parameters, update.weight_decay);
    squares.mul_(rho).addcmul_(gradients, gradients, 1 - rho);
    const at::Tensor step = deltas.add(epsilon).sqrt_().div_(squares.add(epsilon).sqrt_()).mul_(gradients);
    deltas.mul_(rho).addcmul_(step, step, 1 - rho);
    update.parameters.add_(step, -update.lr);
  }
};

const Registered<Optimizer, Adadelta> adadelta_entry{"adadelta",
                                                     "Steps in the unit of the weights, nearly without a rate."};

}  // namespace
}  // namespace dlrun
