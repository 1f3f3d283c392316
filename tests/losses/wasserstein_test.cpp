// The critic's loss against the way WGAN code writes it.

#include "losses/support.h"

namespace dlrun::wasserstein_test {
namespace {

TEST_CASE("wasserstein and its gradient equal the difference of mean scores") {
  const auto truth = [](float real) { return at::tensor(std::vector<float>{real, 0, 0, real}).reshape({4, 1}); };
  check_loss("wasserstein", "critic", "wasserstein", {4, 1}, truth(1), 4);
  check_loss("wasserstein", "generator", "wasserstein", {4, 1}, at::ones({4, 1}), 4);
  check_loss("wasserstein", "smoothed", "wasserstein", {4, 1}, truth(0.9f), 4);
  check_differences("wasserstein", wave({4, 1}, 0.4), truth(1).to(at::kDouble));
}

TEST_CASE("wasserstein refuses classes, and targets of another shape") {
  check_refused("wasserstein", wave({4, 1}, 0), at::zeros({4}, at::kLong), "loss: wasserstein");
  check_refused("wasserstein", wave({4, 1}, 0), wave({4}, 0), "loss: wasserstein");
}

}  // namespace
}  // namespace dlrun::wasserstein_test
