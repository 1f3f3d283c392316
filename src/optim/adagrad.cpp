// Adagrad: each weight's rate falls with the sum of its squared gradients. (Duchi et al. 2011; torch.optim.Adagrad)

#include <ATen/ATen.h>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Adagrad final : Optimizer {
  double lr_decay = 0.0;
  double initial_accumulator_value = 0.0;
  double epsilon = 1e-10;

  Adagrad() : Optimizer(0.01) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    fields.push_back(field("lr_decay", lr_decay, "The rate is divided by 1 + lr_decay * updates so far.", at_least(0)));
    fields.push_back(field("initial_accumulator_value", initial_accumulator_value,
                           "What the sum of squared gradients starts at.", at_least(0)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator.", more_than(0)));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    return like_parameter({"sum"}, sizes);
  }

  bool reads_rate() const override { return true; }

  void update(const Update& update) const override {
    const at::Tensor& sum = update.state["sum"];
    if (update.updates == 1) sum.fill_(initial_accumulator_value);
    const auto step = [&](const auto& lr) {
      at::_fused_adagrad_({update.parameters}, {update.gradients}, {sum}, {update.step}, lr, lr_decay,
                          update.weight_decay, epsilon, /*maximize=*/false, {}, update.flawed);
    };
    update.rate ? step(*update.rate) : step(update.lr);
  }
};

const Registered<Optimizer, Adagrad> adagrad_entry{"adagrad",
                                                   "Rates that fall with each weight's squared gradients so far."};

}  // namespace
}  // namespace dlrun
