// Poisson loss: negative logarithm of the chance of a count, whose mean the network gives. (torch.nn.PoissonNLLLoss)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "losses/bounds_targets.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// Looks at memory itself: what the tap records is the same with and without values.
void expect_counts(const at::Tensor& target) {
  if (target.is_meta() || !target.is_cpu() || target.scalar_type() != at::kFloat || !target.is_contiguous()) return;
  const float* values = target.const_data_ptr<float>();
  const float* bad = std::find_if(values, values + target.numel(), [](float value) { return value < 0; });
  if (bad == values + target.numel()) return;
  throw UserError(
      ExitCode::bad_recipe,
      fmt::format("loss: poisson compares counts, and a target is {}; data.target_scaling: none leaves them "
                  "as they are, and mse is for other numbers",
                  *bad));
}

struct Poisson final : TermLoss, BoundsTargets {
  bool log_input = true;
  bool full = false;
  double eps = 1e-8;

  std::vector<Field> fields() override {
    return {
        field("log_input", log_input, "Whether the network gives the logarithm of the mean, or the mean itself."),
        field("full", full, "Adds what depends on the target alone, by Stirling's formula for counts above 1."),
        field("eps", eps, "Added to a mean that is not a logarithm before its own is taken.", more_than(0)),
    };
  }

  double least_target() const override { return 0.0; }
  std::string targets_are() const override { return "counts"; }

  at::Tensor predicted(const at::Tensor& output) const override { return log_input ? output.exp() : output; }

  // prediction and target of one shape, float; targets are counts, 0 and up -> nats.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("poisson", prediction, target);
    expect_counts(target);
    return {at::poisson_nll_loss(prediction, target, log_input, full, eps, at::Reduction::None)};
  }
};

const Registered<Loss, Poisson> poisson_entry{"poisson", "Negative log-likelihood of counts."};

}  // namespace
}  // namespace dlrun
