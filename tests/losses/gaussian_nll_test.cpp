// Gaussian loss against torch's.

#include "losses/support.h"

namespace dlrun::gaussian_nll_test {
namespace {

TEST_CASE("gaussian_nll and its gradient equal torch's of a softplus") {
  check_loss("gaussian_nll", "plain", "gaussian_nll", {4, 4}, wave({4, 2}, 1.0), 8);
  check_loss("gaussian_nll", "full", "{type: gaussian_nll, full: true, eps: 0.5}", {4, 4}, wave({4, 2}, 1.0), 8);
  check_differences("gaussian_nll", wave({4, 4}, 0.4), wave({4, 2}, 1.0).to(at::kDouble));
}

TEST_CASE("gaussian_nll asks for a mean and a variance, and predicts the mean") {
  const LossHolder holder("gaussian_nll");
  CHECK(holder.loss->numbers(3) == 6);
  const at::Tensor output = wave({4, 6}, 0.3);
  CHECK(holder.loss->predicted(output).equal(output.narrow(1, 0, 3)));
}

TEST_CASE("gaussian_nll refuses classes, and answers without a variance") {
  check_refused("gaussian_nll", wave({4, 2}, 0), at::zeros({4}, at::kLong), "loss: gaussian_nll");
  check_refused("gaussian_nll", wave({4, 2}, 0), wave({4, 2}, 0), "loss: gaussian_nll");
}

}  // namespace
}  // namespace dlrun::gaussian_nll_test
