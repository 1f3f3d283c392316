// Center loss against its formula in torch.

#include "losses/embeddings.h"

namespace dlrun::center_test {
namespace {

TEST_CASE("center and its gradients equal the formula of its paper") {
  check_embedding("center", "plain", "center", 9, "centers");
  check_slopes("center", {{"centers", wave({4, 4}, 0.9).to(at::kDouble)}});
}

TEST_CASE("center is 0 on the centres, and asks for one of each class") {
  const at::Tensor centers = wave({4, 4}, 0.9);
  CHECK(loss_of("center", centers, at::arange(4, at::kLong), {{"centers", centers}}).mean.item<double>() == 0.0);
  CHECK(LossHolder("center").loss->weights(16, 5).at(0).sizes == std::vector<int64_t>{5, 16});
}

}  // namespace
}  // namespace dlrun::center_test
