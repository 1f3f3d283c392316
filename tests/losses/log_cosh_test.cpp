// Log-cosh against its formula in torch.

#include "losses/support.h"

namespace dlrun::log_cosh_test {
namespace {

TEST_CASE("log_cosh and its gradient equal the formula") {
  check_loss("log_cosh", "plain", "log_cosh", {4, 3}, wave({4, 3}, 1.0), 12);
  check_differences("log_cosh", wave({4, 3}, 0.4), wave({4, 3}, 1.0).to(at::kDouble));
}

TEST_CASE("log_cosh is half the squared error near the target, and the error less ln 2 far from it") {
  const at::Tensor zero = at::zeros({1, 1});
  const auto at_error = [&](double error) {
    return LossHolder("log_cosh").of(at::full({1, 1}, error), zero).mean.item<double>();
  };
  CHECK(at_error(0.01) == Approx(0.5e-4).epsilon(1e-3));
  CHECK(at_error(5000) == Approx(5000 - std::log(2.0)));
  CHECK(at_error(-5000) == Approx(5000 - std::log(2.0)));
}

TEST_CASE("log_cosh refuses classes") {
  check_refused("log_cosh", wave({4, 1}, 0), at::zeros({4}, at::kLong), "loss: log_cosh");
}

}  // namespace
}  // namespace dlrun::log_cosh_test
