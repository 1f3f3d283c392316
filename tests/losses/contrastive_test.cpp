// Contrastive loss against its formula in torch, closed forms and finite differences.

#include "losses/embeddings.h"

namespace dlrun::contrastive_test {
namespace {

TEST_CASE("contrastive and its gradient equal the formula of its paper, alike or balanced") {
  check_embedding("contrastive", "paper", "{type: contrastive, balance_pairs: false}", 36);
  check_embedding("contrastive", "wide", "{type: contrastive, margin: 4, balance_pairs: false}", 36);
  check_embedding("contrastive", "balanced", "{type: contrastive, margin: 4}", 36);
}

TEST_CASE("contrastive is half the squared distance of one class, and of two what is missing to the margin") {
  const at::Tensor places = at::tensor(std::vector<float>{0, 0, 0.6f, 0.8f}).reshape({2, 2});
  const auto value = [&](const std::string& yaml, int64_t other) {
    return loss_of(yaml, places, at::tensor(std::vector<int64_t>{0, other})).mean.item<double>();
  };
  for (const char* balanced : {"true", "false"}) {
    const std::string rest = std::string(", balance_pairs: ") + balanced + "}";
    CHECK(value("{type: contrastive, margin: 3" + rest, 0) == Approx(0.5));
    CHECK(value("{type: contrastive, margin: 3" + rest, 1) == Approx(2.0));
    CHECK(value("{type: contrastive, margin: 0.5" + rest, 1) == 0.0);
  }
}

TEST_CASE("the gradient of contrastive is its slope") {
  check_slopes("{type: contrastive, margin: 4}");
  check_slopes("{type: contrastive, margin: 2.5, balance_pairs: false}");
}

TEST_CASE("contrastive needs embeddings, and stands places that are one") { check_edges("contrastive"); }

TEST_CASE("contrastive of one sample has no pair, and moves nothing") {
  at::Tensor place = at::ones({1, 3}).set_requires_grad(true);
  const Weighted loss = loss_of("contrastive", place, at::zeros({1}, at::kLong));
  loss.mean.backward();
  CHECK(loss.mean.item<double>() == 0.0);
  CHECK(loss.weight.item<double>() == 0.0);
}

}  // namespace
}  // namespace dlrun::contrastive_test
