// Mean squared error against torch.nn.functional.mse_loss.

#include "losses/support.h"

namespace dlrun::mse_test {
namespace {

TEST_CASE("mse and huber count samples by their weights") {
  check_weighted("mse", wave({4, 3}, 0.3), wave({4, 3}, 1.0));
  check_weighted("{type: huber, delta: 0.5}", wave({4, 3}, 0.3), wave({4, 3}, 1.0));
}

TEST_CASE("mse and its gradient equal torch's") { check_loss("mse", "plain", "mse", {4, 3}, wave({4, 3}, 1.1), 12); }

TEST_CASE("mse refuses classes, and targets of another shape") {
  check_refused("mse", wave({4, 4}, 0), at::zeros({4}, at::kLong), "loss: mse");
  check_refused("mse", wave({4, 4}, 0), wave({4, 1}, 0), "loss: mse");
}

}  // namespace
}  // namespace dlrun::mse_test
