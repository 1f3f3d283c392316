// AdamW: Adam with decoupled weight decay. (Loshchilov & Hutter 2019; torch.optim.AdamW)

#include <ATen/ATen.h>

#include "optim/moments.h"
#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct AdamW final : Optimizer {
  Moments moments;
  bool amsgrad = false;

  AdamW() : Optimizer(1e-3) { weight_decay = 0.01; }

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(decoupled_decay);
    moments.add_fields(fields);
    fields.push_back(field("amsgrad", amsgrad, "Divide by the largest mean so far (Reddi et al. 2018)."));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    if (amsgrad) return like_parameter({"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, sizes);
    return like_parameter({"exp_avg", "exp_avg_sq"}, sizes);
  }

  bool reads_rate() const override { return true; }

  void update(const Update& update) const override {
    std::vector<at::Tensor> largest;
    if (amsgrad) largest.push_back(update.state["max_exp_avg_sq"]);
    const auto step = [&](const auto& lr) {
      at::_fused_adamw_({update.parameters}, {update.gradients}, {update.state["exp_avg"]},
                        {update.state["exp_avg_sq"]}, largest, {update.step}, lr,
                        update.momentum.value_or(moments.beta1), moments.beta2, update.weight_decay, moments.epsilon,
                        amsgrad, /*maximize=*/false, {}, update.flawed);
    };
    update.rate ? step(*update.rate) : step(update.lr);
  }
};

const Registered<Optimizer, AdamW> adamw_entry{"adamw", "Adam with decoupled weight decay."};

}  // namespace
}  // namespace dlrun
