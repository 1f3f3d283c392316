// Kullback-Leibler divergence against torch's.

#include "losses/support.h"

namespace dlrun::kl_divergence_test {
namespace {

at::Tensor chances() {
  at::Tensor target = wave({4, 3}, 1.0).softmax(1);
  target[2] = at::tensor(std::vector<float>{0, 1, 0});
  return target;
}

TEST_CASE("kl_divergence and its gradient equal torch's, also of a class without a chance") {
  check_loss("kl_divergence", "plain", "kl_divergence", {4, 3}, chances(), 4);
  check_differences("kl_divergence", wave({4, 3}, 0.4), chances().to(at::kDouble));
}

TEST_CASE("kl_divergence from itself is 0") {
  const at::Tensor scores = wave({4, 3}, 1.0);
  CHECK(LossHolder("kl_divergence").of(scores, scores.softmax(1)).mean.item<double>() == Approx(0.0).margin(1e-6));
}

TEST_CASE("kl_divergence refuses classes, and single numbers") {
  check_refused("kl_divergence", wave({4, 3}, 0), at::zeros({4}, at::kLong), "loss: kl_divergence");
  check_refused("kl_divergence", wave({4, 1}, 0), wave({4, 1}, 0), "loss: kl_divergence");
}

}  // namespace
}  // namespace dlrun::kl_divergence_test
