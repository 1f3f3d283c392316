// The momentum of SGD, as torch.optim.SGD has it: what optimizers share that step along it.

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "optim/optimizer.h"

namespace dlrun {

struct HeavyBall {
  double momentum = 0.0;
  double dampening = 0.0;
  bool nesterov = false;

  void add_fields(std::vector<Field>& fields) {
    fields.push_back(
        field("momentum", momentum, "Share of the last step kept in this one.", at_least(0), less_than(1)));
    fields.push_back(field("dampening", dampening, "Share of the gradient left out of the momentum.", between(0, 1)));
    fields.push_back(field("nesterov", nesterov, "Look ahead along the momentum (Sutskever et al. 2013)."));
  }

  static Relation relation() {
    return {"nesterov", "not nesterov or (momentum > 0 and dampening == 0)",
            "needs a momentum above 0 and a dampening of 0"};
  }

  std::vector<Kept> keeps(at::IntArrayRef sizes) const {
    if (momentum == 0) return {};
    return like_parameter({"momentum_buffer"}, sizes);
  }

  // One step along the gradients, to which `weight_decay` times the weights are added. The first one sets the momentum
  // to the gradient itself, without dampening.
  void step(const Update& update, double weight_decay) const {
    std::vector<at::Tensor> buffers;
    if (momentum != 0) buffers.push_back(update.state["momentum_buffer"]);
    const auto step = [&](const auto& lr) {
      at::_fused_sgd_({update.parameters}, {update.gradients}, buffers, weight_decay,
                      momentum != 0 ? update.momentum.value_or(momentum) : 0.0, lr, dampening, nesterov,
                      /*maximize=*/false, /*is_first_step=*/update.updates == 1, {}, update.flawed);
    };
    update.rate ? step(*update.rate) : step(update.lr);
  }
};

}  // namespace dlrun
