// Lion: steps of one size, by the sign of a mean of gradients. (Chen et al. 2023, "Symbolic Discovery of Optimization
// Algorithms"; timm.optim.Lion)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Lion final : Optimizer {
  double beta1 = 0.9;
  double beta2 = 0.99;

  Lion() : Optimizer(1e-4) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(decoupled_decay);
    fields.push_back(
        field("beta1", beta1, "Share of the mean in what the sign is taken of.", at_least(0), less_than(1)));
    fields.push_back(field("beta2", beta2, "Decay of the mean of gradients.", at_least(0), less_than(1)));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"exp_avg"}, sizes);
  }

  void update(const Update& update) const override {
    const at::Tensor& mean = update.state["exp_avg"];
    if (update.weight_decay != 0) update.parameters.mul_(1 - update.lr * update.weight_decay);
    update.parameters.add_(mean.lerp(update.gradients, 1 - update.momentum.value_or(beta1)).sign_(), -update.lr);
    mean.lerp_(update.gradients, 1 - beta2);
  }
};

const Registered<Optimizer, Lion> lion_entry{"lion",
                                             "Steps of one size by the sign of a mean; a third of AdamW's rate."};

}  // namespace
}  // namespace dlrun
