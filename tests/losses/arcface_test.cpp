// ArcFace against pytorch-metric-learning's.

#include "losses/embeddings.h"

namespace dlrun::arcface_test {
namespace {

TEST_CASE("arcface and its gradients equal pytorch-metric-learning's") {
  check_embedding("arcface", "plain", "arcface", 9, "weight");
  check_embedding("arcface", "narrow", "{type: arcface, margin: 0.2, scale: 4}", 9, "weight");
  check_embedding("arcface", "none", "{type: arcface, margin: 0, scale: 10}", 9, "weight");
  check_embedding("arcface", "wide", "{type: arcface, margin: 2.5, scale: 8}", 9, "weight");
}

TEST_CASE("the gradient of arcface is its slope, and finite on the direction of a class") {
  check_slopes("{type: arcface, scale: 4}", {{"weight", wave({4, 4}, 0.9).to(at::kDouble)}});
  at::Tensor place = at::ones({1, 4}).set_requires_grad(true);
  loss_of("arcface", place, at::zeros({1}, at::kLong), {{"weight", at::eye(4) + 1 - at::eye(4)}}).mean.backward();
  CHECK(at::isfinite(place.grad()).all().item<bool>());
}

TEST_CASE("arcface asks for a direction of each class") {
  const std::vector<OwnWeight> own = LossHolder("arcface").loss->weights(16, 5);
  REQUIRE(own.size() == 1);
  CHECK(own[0].name == "weight");
  CHECK(own[0].sizes == std::vector<int64_t>{5, 16});
  CHECK_THROWS_WITH(loss_of("arcface", wave({9, 4}, 0), nine_classes()),
                    Catch::StartsWith("loss: arcface learns weights of its own"));
}

}  // namespace
}  // namespace dlrun::arcface_test
