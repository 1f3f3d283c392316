// Cross entropy against torch.nn.functional.cross_entropy.

#include "losses/support.h"

namespace dlrun {
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
}  // namespace dlrun
