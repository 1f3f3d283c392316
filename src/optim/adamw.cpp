// AdamW: Adam with decoupled weight decay. (Loshchilov & Hutter 2019; torch.optim.AdamW)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct AdamW final : Optimizer {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  bool amsgrad = false;

  AdamW() : Optimizer(1e-3) { weight_decay = 0.01; }

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields();
    fields.push_back(field("beta1", beta1, "Decay of the mean of gradients.", at_least(0), less_than(1)));
    fields.push_back(field("beta2", beta2, "Decay of the mean of squared gradients.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator.", more_than(0)));
    fields.push_back(field("amsgrad", amsgrad, "Divide by the largest mean so far (Reddi et al. 2018)."));
    return fields;
  }

  std::vector<std::string> state_names() const override {
    if (amsgrad) return {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
    return {"exp_avg", "exp_avg_sq"};
  }

  void update(const FlatUpdate& update) const override {
    const std::vector<at::Tensor>& state = *update.state;
    std::vector<at::Tensor> largest;
    if (amsgrad) largest.push_back(state[2]);
    at::_fused_adamw_({update.parameters}, {update.gradients}, {state[0]}, {state[1]}, largest, {update.step},
                      update.lr, beta1, beta2, update.weight_decay, epsilon, amsgrad, /*maximize=*/false);
  }
};

const Registered<Optimizer, AdamW> entry{"adamw", "Adam with decoupled weight decay."};

}  // namespace
}  // namespace dlrun
