// Triplet loss against pytorch-metric-learning's.

#include "losses/embeddings.h"

namespace dlrun::triplet_test {
namespace {

TEST_CASE("triplet and its gradient equal pytorch-metric-learning's") {
  check_embedding("triplet", "hard", "triplet", 8);
  check_embedding("triplet", "hard_narrow", "{type: triplet, margin: 0.2}", 8);
  check_embedding("triplet", "hard_soft", "{type: triplet, soft_margin: true}", 8);
  const double counted = read_golden("losses/triplet")["all_counted"].get<double>();
  check_embedding("triplet", "all", "{type: triplet, mining: batch_all, margin: 0.5}", counted);
}

TEST_CASE("triplet looks at the farthest of its class and the nearest of another") {
  const at::Tensor places = at::tensor(std::vector<float>{0, 1, 2, 2.5f}).reshape({4, 1});
  const at::Tensor classes = at::tensor(std::vector<int64_t>{0, 0, 0, 1});
  // 0: 2 - 2.5 + 1; 1: 1 - 1.5 + 1; 2: 2 - 0.5 + 1; the last has none of its class.
  CHECK(loss_of("triplet", places, classes).mean.item<double>() == Approx((0.5 + 0.5 + 2.5) / 3));
}

TEST_CASE("the gradient of triplet is its slope") {
  check_slopes("triplet");
  check_slopes("{type: triplet, mining: batch_all}");
}

TEST_CASE("triplet needs embeddings, and stands places that are one") { check_edges("triplet"); }

}  // namespace
}  // namespace dlrun::triplet_test
