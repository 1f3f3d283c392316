// Binary cross entropy against torch.nn.functional.binary_cross_entropy_with_logits.

#include "losses/support.h"

namespace dlrun::bce_test {
namespace {

TEST_CASE("bce and its gradient equal torch's") {
  const at::Tensor binary = at::tensor(std::vector<double>{1, 0, 1}).to(at::kFloat).reshape({3, 1});
  const at::Tensor classes = at::tensor(std::vector<int64_t>{2, 0, 1, 3});
  check_loss("bce", "plain", "bce", {3, 1}, binary, 3);
  check_loss("bce", "weighted", "{type: bce, positive_weight: 3}", {3, 1}, binary, 3);
  const at::Tensor several = at::tensor(std::vector<float>{1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0}).reshape({4, 3});
  check_loss("bce", "several", "bce", {4, 3}, several, 12);
  check_loss("bce", "several_weighted", "{type: bce, pos_weight: [3, 0.5, 1]}", {4, 3}, several, 12);
  check_loss("bce", "one_against_rest", "bce", {4, 4}, classes, 16);
}

TEST_CASE("bce of pixels counts those that have a class") {
  const auto pixels = [](int64_t first) {
    return at::tensor(std::vector<int64_t>{first, 0, -100, 1, 1, 0}).reshape({1, 2, 3});
  };
  check_loss("bce", "pixels", "bce", {1, 2, 3, 1}, pixels(1), 5);
  check_loss("bce", "pixels_one_against_rest", "bce", {1, 2, 3, 3}, pixels(2), 15);
}

TEST_CASE("bce counts samples by their weights") {
  check_weighted("{type: bce, pos_weight: [3, 0.5]}", wave({4, 2}, 0.3), wave({4, 2}, 1.0).sigmoid());
  check_weighted("bce", wave({4, 3}, 0.3), at::tensor(std::vector<int64_t>{2, 0, 1, 1}));
}

TEST_CASE("bce refuses weights of another number of outputs") {
  check_refused("{type: bce, pos_weight: [1, 2]}", wave({4, 3}, 0), wave({4, 3}, 0).sigmoid(),
                "loss.pos_weight: has 2");
}

TEST_CASE("bce refuses targets of another shape, and those that are no probabilities") {
  check_refused("bce", wave({4, 4}, 0), wave({4, 1}, 0), "loss: bce");
  check_refused("bce", wave({4, 4}, 0), at::full({4, 4}, 1.5), "loss: bce");
}

}  // namespace
}  // namespace dlrun::bce_test
