// NAdam: Adam with Nesterov's look ahead. (Dozat 2016; torch.optim.NAdam)

#include <ATen/ATen.h>

#include <cmath>

#include "optim/either_decay.h"
#include "optim/moments.h"
#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct NAdam final : Optimizer {
  Moments moments;
  double momentum_decay = 4e-3;
  EitherDecay decay;

  NAdam() : Optimizer(2e-3) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(EitherDecay::sentence);
    moments.add_fields(fields);
    fields.push_back(field("momentum_decay", momentum_decay,
                           "How fast the momentum rises to beta1, from about half of it.", at_least(0)));
    decay.add_field(fields);
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    std::vector<Kept> kept = like_parameter({"exp_avg", "exp_avg_sq"}, sizes);
    kept.push_back({"mu_product", {}});
    return kept;
  }

  void update(const Update& update) const override {
    const double beta1 = update.momentum.value_or(moments.beta1), beta2 = moments.beta2;
    const auto t = static_cast<double>(update.updates);
    const at::Tensor &gradients = update.gradients, &mean = update.state["exp_avg"],
                     &square = update.state["exp_avg_sq"], &products = update.state["mu_product"];
    decay.apply(update);
    const double now = momentum(beta1, t), next = momentum(beta1, t + 1);
    // A product over all updates so far, of momenta that a schedule may have moved. It stays on the device.
    if (update.updates == 1) products.fill_(1.0);
    const at::Tensor product = products.mul_(now)[0];
    mean.lerp_(gradients, 1 - beta1);
    square.mul_(beta2).addcmul_(gradients, gradients, 1 - beta2);
    const at::Tensor divisor = square.div(1 - std::pow(beta2, t)).sqrt_().add_(moments.epsilon);
    const at::Tensor step = mean * (next / (1 - product * next));
    step.add_(gradients.mul_((1 - now) / (1 - product)));
    update.parameters.addcdiv_(step, divisor, -update.lr);
  }

 private:
  double momentum(double beta1, double t) const { return beta1 * (1 - 0.5 * std::pow(0.96, t * momentum_decay)); }
};

const Registered<Optimizer, NAdam> nadam_entry{"nadam", "Adam with Nesterov's look ahead."};

}  // namespace
}  // namespace dlrun
