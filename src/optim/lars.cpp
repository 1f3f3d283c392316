// LARS: SGD whose rate is scaled layer by layer to the norm of the weights, for large batches. (You et al. 2017, "Large
// Batch Training of Convolutional Networks"; timm.optim.Lars)

#include <ATen/ATen.h>

#include "optim/heavy_ball.h"
#include "optim/optimizer.h"
#include "optim/whole_parameters.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Lars final : Optimizer, WholeParameters {
  HeavyBall ball;
  double trust_coeff = 1e-3;
  double epsilon = 1e-8;
  bool trust_clip = false;
  bool always_adapt = false;

  Lars() : Optimizer(1.0) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(
        "This times the weight is added to the gradient (coupled), before the layer is scaled; layers without decay "
        "are not scaled.");
    ball.add_fields(fields);
    fields.push_back(field("trust_coeff", trust_coeff,
                           "Factor on norm of weights by norm of gradient and decay, which scales a layer.",
                           more_than(0)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator of that factor.", more_than(0)));
    fields.push_back(
        field("trust_clip", trust_clip, "A layer's rate is at most lr, as LARC's (Ginsburg et al. 2018)."));
    fields.push_back(field("always_adapt", always_adapt, "Scale layers without weight decay as well."));
    return fields;
  }

  std::vector<Relation> relations() const override { return {HeavyBall::relation()}; }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override { return ball.keeps(sizes); }

  void update(const Update& update) const override {
    if (update.weight_decay != 0 || always_adapt) scale(update);
    ball.step(update, 0.0);
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

const Registered<Optimizer, Lars> lars_entry{"lars", "SGD, scaled layer by layer to the norm of the weights."};

}  // namespace
}  // namespace dlrun
