// Rprop: each weight has a step of its own, which grows while the sign of its gradient stays. (Riedmiller & Braun 1993;
// torch.optim.Rprop)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Rprop final : Optimizer {
  double etaminus = 0.5;
  double etaplus = 1.2;
  double step_size_min = 1e-6;
  double step_size_max = 50.0;

  Rprop() : Optimizer(0.01) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    fields.push_back(field("etaminus", etaminus, "Factor on the step where the sign changed; no step is made there.",
                           more_than(0), less_than(1)));
    fields.push_back(field("etaplus", etaplus, "Factor on the step where the sign stayed.", more_than(1)));
    fields.push_back(field("step_size_min", step_size_min, "The least step.", more_than(0)));
    fields.push_back(field("step_size_max", step_size_max, "The greatest step.", more_than(0)));
    return fields;
  }

  std::vector<Relation> relations() const override {
    return {{"step_size_min", "step_size_min <= step_size_max", "must not be above step_size_max"}};
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"prev", "step_size"}, sizes);
  }

  void update(const Update& update) const override {
    const at::Tensor &gradients = update.gradients, &previous = update.state["prev"],
                     &sizes = update.state["step_size"];
    if (update.updates == 1) sizes.fill_(update.lr);
    if (update.weight_decay != 0) gradients.add_(update.parameters, update.weight_decay);
    const at::Tensor agreement = previous.mul_(gradients);
    sizes.mul_(at::where(agreement.gt(0), etaplus, at::where(agreement.lt(0), etaminus, 1.0)).to(sizes.scalar_type()));
    sizes.clamp_(step_size_min, step_size_max);
    gradients.masked_fill_(agreement.lt(0), 0.0);
    update.parameters.addcmul_(gradients.sign(), sizes, -1);
    previous.copy_(gradients);
  }
};

const Registered<Optimizer, Rprop> rprop_entry{
    "rprop",
    "Steps by the gradient's sign alone, for whole batches; lr is the first step, schedules do nothing later."};

}  // namespace
}  // namespace dlrun
