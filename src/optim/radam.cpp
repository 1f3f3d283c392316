// RAdam: Adam that steps by momentum alone until its mean of squares is worth dividing by. (Liu et al. 2020, "On the
// Variance of the Adaptive Learning Rate and Beyond"; torch.optim.RAdam)

#include <ATen/ATen.h>

#include <cmath>

#include "optim/either_decay.h"
#include "optim/moments.h"
#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RAdam final : Optimizer {
  Moments moments;
  EitherDecay decay;

  RAdam() : Optimizer(1e-3) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(EitherDecay::sentence);
    moments.add_fields(fields);
    decay.add_field(fields);
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"exp_avg", "exp_avg_sq"}, sizes);
  }

  void update(const Update& update) const override {
    const double beta1 = update.momentum.value_or(moments.beta1), beta2 = moments.beta2;
    const auto t = static_cast<double>(update.updates);
    const at::Tensor &gradients = update.gradients, &mean = update.state["exp_avg"],
                     &square = update.state["exp_avg_sq"];
    decay.apply(update);
    mean.lerp_(gradients, 1 - beta1);
    square.mul_(beta2).addcmul_(gradients, gradients, 1 - beta2);
    const double rate = update.lr / (1 - std::pow(beta1, t)), correction = 1 - std::pow(beta2, t);
    // How many gradients the mean of squares is of, now and in the end.
    const double most = 2 / (1 - beta2) - 1, length = most - 2 * t * std::pow(beta2, t) / correction;
    if (length <= 5) {
      update.parameters.add_(mean, -rate);
      return;
    }
    const double rectified =
        std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length) * correction);
    update.parameters.addcdiv_(mean, square.sqrt().add_(moments.epsilon), -rate * rectified);
  }
};

const Registered<Optimizer, RAdam> radam_entry{"radam", "Adam that begins with momentum alone and needs no warm-up."};

}  // namespace
}  // namespace dlrun
