// Supervised contrastive loss against pytorch-metric-learning's.

#include "losses/embeddings.h"

namespace dlrun::supervised_contrastive_test {
namespace {

TEST_CASE("supervised_contrastive and its gradient equal pytorch-metric-learning's") {
  check_embedding("supervised_contrastive", "plain", "supervised_contrastive", 8);
  check_embedding("supervised_contrastive", "warm", "{type: supervised_contrastive, temperature: 0.7}", 8);
}

TEST_CASE("supervised_contrastive of samples that are all alike is the logarithm of how many others there are") {
  const Weighted loss = loss_of("supervised_contrastive", at::ones({6, 3}), at::zeros({6}, at::kLong));
  CHECK(loss.mean.item<double>() == Approx(std::log(5.0)));
}

TEST_CASE("the gradient of supervised_contrastive is its slope") {
  check_slopes("{type: supervised_contrastive, temperature: 0.5}");
}

TEST_CASE("supervised_contrastive needs embeddings, and stands places that are one") {
  check_edges("supervised_contrastive");
}

}  // namespace
}  // namespace dlrun::supervised_contrastive_test
