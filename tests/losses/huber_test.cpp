// Huber's loss against torch.nn.functional.huber_loss.

#include "losses/support.h"

namespace dlrun::huber_test {
namespace {

TEST_CASE("huber and its gradient equal torch's") {
  check_loss("huber", "plain", "huber", {4, 3}, wave({4, 3}, 1.0), 12);
  check_loss("huber", "narrow", "{type: huber, delta: 0.2}", {4, 3}, wave({4, 3}, 1.0), 12);
  check_differences("{type: huber, delta: 0.5}", wave({4, 3}, 0.4), wave({4, 3}, 1.0).to(at::kDouble));
}

TEST_CASE("huber is half the squared error near the target, and linear beyond delta") {
  const at::Tensor zero = at::zeros({1, 1});
  CHECK(LossHolder("huber").of(at::full({1, 1}, 0.5), zero).mean.item<double>() == Approx(0.125));
  CHECK(LossHolder("huber").of(at::full({1, 1}, 3.0), zero).mean.item<double>() == Approx(2.5));
}

TEST_CASE("huber refuses classes, and targets of another shape") {
  check_refused("huber", wave({4, 1}, 0), at::zeros({4}, at::kLong), "loss: huber");
  check_refused("huber", wave({4, 3}, 0), wave({4}, 0), "loss: huber");
}

}  // namespace
}  // namespace dlrun::huber_test
