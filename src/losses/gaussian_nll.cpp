// Gaussian loss: negative logarithm of the density of a normal distribution, whose mean and variance the network gives.
// (Nix and Weigend 1994; torch.nn.GaussianNLLLoss)

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct GaussianNll final : TermLoss {
  bool full = false;
  double eps = 1e-6;

  std::vector<Field> fields() override {
    return {
        field("full", full, "Adds log(2 pi) / 2, which changes no gradient."),
        field("eps", eps, "The least variance, in squared units of the target.", more_than(0)),
    };
  }

  // A mean and a variance for each number; the mean is what is predicted.
  int64_t numbers(int64_t targets) const override { return 2 * targets; }
  at::Tensor predicted(const at::Tensor& output) const override { return output.chunk(2, -1)[0]; }

  // prediction [..., 2 K] float: K means, then K numbers whose softplus is the variance; target [..., K] float -> nats.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (prediction.size(-1) % 2 != 0 || !target.is_floating_point() || 2 * target.numel() != prediction.numel())
      throw UserError(ExitCode::bad_recipe,
                      "loss: gaussian_nll takes a mean and a variance for each number, and this task's targets are "
                      "others; the task regression asks the network for both");
    const std::vector<at::Tensor> halves = prediction.chunk(2, -1);
    // As torch does: the least variance is no part of the slope.
    const at::Tensor variance = at::softplus(halves[1]),
                     kept = variance + (variance.clamp_min(eps) - variance).detach();
    const at::Tensor error = halves[0] - target.reshape(halves[0].sizes());
    const double constant = full ? 0.5 * std::log(2 * std::numbers::pi) : 0.0;
    return {0.5 * (kept.log() + error.square() / kept) + constant};
  }
};

const Registered<Loss, GaussianNll> gaussian_nll_entry{"gaussian_nll",
                                                       "Negative log-likelihood of a normal distribution."};

}  // namespace
}  // namespace dlrun
