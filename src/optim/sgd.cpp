// Stochastic gradient descent with momentum. (torch.optim.SGD)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Sgd final : Optimizer {
  double momentum = 0.0;
  double dampening = 0.0;
  bool nesterov = false;

  Sgd() : Optimizer(0.01) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    fields.push_back(
        field("momentum", momentum, "Share of the last step kept in this one.", at_least(0), less_than(1)));
    fields.push_back(field("dampening", dampening, "Share of the gradient left out of the momentum.", between(0, 1)));
    fields.push_back(field("nesterov", nesterov, "Look ahead along the momentum (Sutskever et al. 2013)."));
    return fields;
  }

  std::vector<Relation> relations() const override {
    return {{"nesterov", "not nesterov or (momentum > 0 and dampening == 0)",
             "needs a momentum above 0 and a dampening of 0"}};
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    if (momentum == 0) return {};
    return like_parameter({"momentum_buffer"}, sizes);
  }

  void update(const Update& update) const override {
    std::vector<at::Tensor> buffers;
    if (momentum != 0) buffers.push_back(update.state["momentum_buffer"]);
    // The first step sets the momentum to the gradient itself, without dampening.
    at::_fused_sgd_({update.parameters}, {update.gradients}, buffers, update.weight_decay,
                    momentum != 0 ? update.momentum.value_or(momentum) : 0.0, update.lr, dampening, nesterov,
                    /*maximize=*/false, /*is_first_step=*/update.updates == 1);
  }
};

const Registered<Optimizer, Sgd> entry{"sgd", "Stochastic gradient descent with momentum."};

}  // namespace
}  // namespace dlrun
