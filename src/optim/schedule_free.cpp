// Schedule-free learning: gradients between fast weights and their average, and the average is what is learned.
// (Defazio et al. 2024, "The Road Less Scheduled"; the package schedulefree: AdamWScheduleFree, SGDScheduleFree)

#include <ATen/ATen.h>

#include <cmath>

#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ScheduleFree final : Optimizer {
  std::string base = "adamw";
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double r = 0.0;
  double weight_lr_power = 2.0;

  ScheduleFree() : Optimizer(2.5e-3) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(
        "Pull of the weights towards zero, per step and unit of learning rate (decoupled), measured where the "
        "gradients "
        "are.");
    fields.push_back(
        field("base", base, "What the fast weights learn by; sgd wants a rate of 1 to 10.", one_of("adamw", "sgd")));
    fields.push_back(field("beta1", beta1, "Share of the average in the weights that gradients are taken at.",
                           at_least(0), less_than(1)));
    fields.push_back(
        field("beta2", beta2, "Decay of the mean of squared gradients; adamw's.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator; adamw's.", more_than(0)));
    fields.push_back(field("r", r, "A step counts in the average by this power of its number.", at_least(0)));
    fields.push_back(field("weight_lr_power", weight_lr_power,
                           "And by this power of the highest learning rate so far, which matters in a warm-up.",
                           at_least(0)));
    return fields;
  }

  const char* average() const override { return "x"; }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    std::vector<Kept> kept = like_parameter({"x", "z"}, sizes);
    if (base == "adamw") kept.push_back({"exp_avg_sq", sizes.vec()});
    kept.push_back({"lr_max", {}});
    kept.push_back({"weight_sum", {}});
    return kept;
  }

  void update(const Update& update) const override {
    const auto t = static_cast<double>(update.updates);
    const at::Tensor &average = update.state["x"], &fast = update.state["z"], &step = update.gradients;
    if (update.updates == 1) {
      average.copy_(update.parameters);
      fast.copy_(update.parameters);
    }
    if (base == "adamw") {
      const at::Tensor& square = update.state["exp_avg_sq"];
      square.mul_(beta2).addcmul_(step, step, 1 - beta2);
      step.div_(square.div(1 - std::pow(beta2, t)).sqrt_().add_(epsilon));
    }
    if (update.weight_decay != 0) step.add_(update.parameters, update.weight_decay);
    fast.add_(step, -update.lr);
    average.lerp_(fast, share(update, t));
    at::Tensor weights = update.parameters;
    at::lerp_out(weights, fast, average, update.momentum.value_or(beta1));
  }

 private:
  // What this step weighs among all so far: a scalar on the device.
  at::Tensor share(const Update& update, double t) const {
    const at::Tensor highest = update.state["lr_max"].clamp_min_(update.lr);
    const at::Tensor weight = highest.pow(weight_lr_power).mul_(std::pow(t, r));
    // Between the numbers of two parameters lie some that no checkpoint has.
    return (weight / update.state["weight_sum"].add_(weight))[0];
  }
};

const Registered<Optimizer, ScheduleFree> schedule_free_entry{"schedule_free",
                                                              "AdamW or SGD without a schedule, by an average."};

}  // namespace
}  // namespace dlrun
