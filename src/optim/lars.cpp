// LARS: SGD whose rate is scaled layer by layer to the norm of the weights, for large batches. (You et al. 2017, "Large
// Batch Training of Convolutional Networks"; timm.optim.Lars)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Lars final : Optimizer {
  double momentum = 0.0;
  double dampening = 0.0;
  bool nesterov = false;
  double trust_coeff = 1e-3;
  double epsilon = 1e-8;
  bool trust_clip = false;
  bool always_adapt = false;

  Lars() : Optimizer(1.0) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(
        "This times the weight is added to the gradient (coupled), before the layer is scaled; layers without decay "
        "are not scaled.");
    fields.push_back(
        field("momentum", momentum, "Share of the last step kept in this one.", at_least(0), less_than(1)));
    fields.push_back(field("dampening", dampening, "Share of the gradient left out of the momentum.", between(0, 1)));
    fields.push_back(field("nesterov", nesterov, "Look ahead along the momentum (Sutskever et al. 2013)."));
    fields.push_back(field("trust_coeff", trust_coeff,
                           "Factor on norm of weights by norm of gradient and decay, which scales a layer.",
                           more_than(0)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator of that factor.", more_than(0)));
    fields.push_back(
        field("trust_clip", trust_clip, "A layer's rate is at most lr, as LARC's (Ginsburg et al. 2018)."));
    fields.push_back(field("always_adapt", always_adapt, "Scale layers without weight decay as well."));
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
    if (update.weight_decay != 0 || always_adapt) scale(update);
    std::vector<at::Tensor> buffers;
    if (momentum != 0) buffers.push_back(update.state["momentum_buffer"]);
    at::_fused_sgd_({update.parameters}, {update.gradients}, buffers, /*weight_decay=*/0.0,
                    momentum != 0 ? update.momentum.value_or(momentum) : 0.0, update.lr, dampening, nesterov,
                    /*maximize=*/false, /*is_first_step=*/update.updates == 1);
  }

 private:
  // Adds the decay, and multiplies each parameter's gradient by its factor; by 1 where a norm is 0.
  void scale(const Update& update) const {
    std::vector<at::Tensor> weights, gradients;
    for (const Piece& piece : update.pieces) {
      weights.push_back(piece.parameter);
      gradients.push_back(piece.gradient);
    }
    const at::Tensor weight_norms = at::stack(at::_foreach_norm(weights)),
                     gradient_norms = at::stack(at::_foreach_norm(gradients));
    at::Tensor factors = weight_norms * trust_coeff / (gradient_norms + weight_norms * update.weight_decay + epsilon);
    const at::Tensor usual = at::logical_and(weight_norms.gt(0), gradient_norms.gt(0));
    factors = at::where(usual, factors, at::ones_like(factors));
    if (trust_clip) factors = (factors / update.lr).clamp_max_(1.0);
    if (update.weight_decay != 0) update.gradients.add_(update.parameters, update.weight_decay);
    at::_foreach_mul_(gradients, factors.unbind());
  }
};

const Registered<Optimizer, Lars> entry{"lars", "SGD, scaled layer by layer to the norm of the weights."};

}  // namespace
}  // namespace dlrun
