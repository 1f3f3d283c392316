// Cross entropy against torch.nn.functional.cross_entropy.

#include "losses/support.h"

namespace dlrun::cross_entropy_test {
namespace {

const at::Tensor classes = at::tensor(std::vector<int64_t>{2, 0, 1, 3});

TEST_CASE("cross_entropy and its gradient equal torch's, and it knows what it is a mean over") {
  const at::Tensor tokens = at::tensor(std::vector<int64_t>{1, 2, 0, 3, 2, 2}).reshape({3, 2});
  const at::Tensor padded = at::tensor(std::vector<int64_t>{1, -100, 0, 3, 2, -100}).reshape({3, 2});
  const auto check = [](const char* name, const std::string& options, at::IntArrayRef shape, const at::Tensor& target,
                        double weight) {
    check_loss("cross_entropy", name, "{type: cross_entropy" + options + "}", shape, target, weight);
  };
  check("plain", "", {4, 4}, classes, 4);
  check("smoothed", ", label_smoothing: 0.1", {4, 4}, classes, 4);
  check("weighted", ", class_weights: [1, 2, 0.5, 3]", {4, 4}, classes, 6.5);
  check("ignored", ", ignore_index: 1", {4, 4}, classes, 3);
  check("all", ", class_weights: [1, 2, 0.5, 3], ignore_index: 1, label_smoothing: 0.2", {4, 4}, classes, 4.5);
  check("tokens", "", {3, 2, 4}, tokens, 6);
  check("padded", "", {3, 2, 4}, padded, 4);
  check("padded", ", ignore_index: 4", {3, 2, 4}, padded, 4);  // Padding never counts, whatever else does not.
}

TEST_CASE("cross_entropy of probabilities equals torch's") {
  const at::Tensor chances = wave({4, 4}, 1.0).softmax(1);
  check_loss("cross_entropy", "soft", "cross_entropy", {4, 4}, chances, 4);
  check_loss("cross_entropy", "soft_all", "{type: cross_entropy, class_weights: [1, 2, 0.5, 3], label_smoothing: 0.2}",
             {4, 4}, chances, 4);
  check_refused("cross_entropy", wave({4, 4}, 0), wave({4, 4}, 0), "loss: cross_entropy compares probabilities");
}

TEST_CASE("cross_entropy counts samples by their weights") {
  check_weighted("cross_entropy", wave({4, 4}, 0.3), classes);
  check_weighted("{type: cross_entropy, class_weights: [1, 2, 0.5, 3], label_smoothing: 0.2}", wave({4, 4}, 0.3),
                 classes);
  check_weighted("cross_entropy", wave({3, 2, 4}, 0.3),
                 at::tensor(std::vector<int64_t>{1, -100, 0, 3, 2, -100}).reshape({3, 2}));
  check_weighted("cross_entropy", wave({4, 4}, 0.3), wave({4, 4}, 1.0).softmax(1));
}

TEST_CASE("balanced classes weigh as scikit-learn's, and are told once") {
  const LossHolder holder("{type: cross_entropy, balance_classes: true}");
  CHECK(holder.loss->asks_for_counts());
  holder.loss->know_counts({6, 3, 1, 2});
  CHECK_FALSE(holder.loss->asks_for_counts());
  // compute_class_weight("balanced"): 12 / (4 * count)
  const double balanced = holder.of(wave({4, 4}, 0.3), classes).mean.item<double>();
  const LossHolder given("{type: cross_entropy, class_weights: [0.5, 1, 3, 1.5]}");
  CHECK(balanced == Approx(given.of(wave({4, 4}, 0.3), classes).mean.item<double>()));
  const LossHolder other("{type: cross_entropy, balance_classes: true}");
  CHECK_THROWS_WITH(other.loss->know_counts({6, 0}), Catch::StartsWith("loss.balance_classes: class 1 has no"));
}

TEST_CASE("a batch in which nothing counts has a loss of 0 and moves nothing") {
  for (const char* yaml :
       {"{type: cross_entropy, ignore_index: 1}", "{type: cross_entropy, class_weights: [1, 0, 1]}"}) {
    INFO(yaml);
    at::Tensor scores = wave({4, 3}, 0.2).set_requires_grad(true);
    const Weighted loss = LossHolder(yaml).of(scores, at::ones({4}, at::kLong));
    loss.mean.backward();
    CHECK(loss.mean.item<double>() == 0.0);
    CHECK(loss.weight.item<double>() == 0.0);
    CHECK(scores.grad().abs().max().item<double>() == 0.0);
  }
}

TEST_CASE("cross_entropy refuses numbers, and class weights that are not as many as classes") {
  check_refused("cross_entropy", wave({4, 4}, 0), wave({4, 1}, 0), "loss: cross_entropy");
  check_refused("{type: cross_entropy, class_weights: [1, 2]}", wave({4, 4}, 0), at::zeros({4}, at::kLong),
                "loss.class_weights: has 2 values, the data have 4 classes");
}

TEST_CASE("cross_entropy of pixels takes classes last and counts those that have a class") {
  const at::Tensor pixels = at::tensor(std::vector<int64_t>{2, 0, -100, 1, 3, 0}).reshape({1, 2, 3});
  check_loss("cross_entropy", "pixels", "cross_entropy", {1, 2, 3, 4}, pixels, 5);
}

}  // namespace
}  // namespace dlrun::cross_entropy_test
