// Mean absolute error against torch's.

#include "losses/support.h"

namespace dlrun::mae_test {
namespace {

TEST_CASE("mae and its gradient equal torch's") {
  check_loss("mae", "plain", "mae", {4, 3}, wave({4, 3}, 1.0), 12);
  check_differences("mae", wave({4, 3}, 0.4), wave({4, 3}, 1.0).to(at::kDouble));
}

TEST_CASE("mae refuses classes, and targets of another shape") {
  check_refused("mae", wave({4, 1}, 0), at::zeros({4}, at::kLong), "loss: mae");
  check_refused("mae", wave({4, 3}, 0), wave({4}, 0), "loss: mae");
}

}  // namespace
}  // namespace dlrun::mae_test
