// Poisson loss against torch's.

#include "losses/support.h"

namespace dlrun::poisson_test {
namespace {

at::Tensor twelve_counts() {
  return at::tensor(std::vector<float>{0, 1, 2, 3, 0, 7, 1, 0, 2, 12, 1, 4}).reshape({4, 3});
}

TEST_CASE("poisson and its gradient equal torch's") {
  check_loss("poisson", "plain", "poisson", {4, 3}, twelve_counts(), 12);
  check_loss("poisson", "full", "{type: poisson, full: true}", {4, 3}, twelve_counts(), 12);
  check_differences("poisson", wave({4, 3}, 0.4), twelve_counts().to(at::kDouble));
  const LossHolder mean("{type: poisson, log_input: false, eps: 1e-3}");
  CHECK(mean.of(wave({4, 3}, 0.3).square(), twelve_counts()).mean.item<double>() ==
        Approx(read_golden("losses/poisson")["mean"]["loss"].get<double>()).epsilon(1e-5));
}

TEST_CASE("poisson predicts the mean, whatever the network gives") {
  const at::Tensor output = wave({4, 3}, 0.3);
  CHECK(LossHolder("poisson").loss->predicted(output).equal(output.exp()));
  CHECK(LossHolder("{type: poisson, log_input: false}").loss->predicted(output).equal(output));
}

TEST_CASE("poisson refuses what is no count") {
  check_refused("poisson", wave({4, 3}, 0), wave({4, 3}, 1.0), "loss: poisson compares counts");
  check_refused("poisson", wave({4, 1}, 0), at::zeros({4}, at::kLong), "loss: poisson");
}

}  // namespace
}  // namespace dlrun::poisson_test
