// Focal loss against its formula in torch, cross entropy, and finite differences.

#include "losses/support.h"

namespace dlrun::focal_test {
namespace {

const at::Tensor classes = at::tensor(std::vector<int64_t>{2, 0, 1, 3});

TEST_CASE("focal and its gradient equal the formulas of its paper and of torchvision") {
  const at::Tensor padded = at::tensor(std::vector<int64_t>{1, -100, 0, 3, 2, -100}).reshape({3, 2});
  const at::Tensor binary = at::tensor(std::vector<double>{1, 0, 1}).to(at::kFloat).reshape({3, 1});
  check_loss("focal", "plain", "focal", {4, 4}, classes, 4);
  check_loss("focal", "gamma_5", "{type: focal, gamma: 5}", {4, 4}, classes, 4);
  check_loss("focal", "weighted", "{type: focal, class_weights: [1, 2, 0.5, 3]}", {4, 4}, classes, 6.5);
  check_loss("focal", "padded", "focal", {3, 2, 4}, padded, 4);
  check_loss("focal", "two_alpha", "{type: focal, alpha: 0.25}", {4, 2}, at::tensor(std::vector<int64_t>{1, 0, 0, 1}),
             4);
  check_loss("focal", "one_logit", "focal", {3, 1}, binary, 3);
  check_loss("focal", "one_logit_alpha", "{type: focal, alpha: 0.25}", {3, 1}, binary, 3);
}

TEST_CASE("focal equals cross entropy when gamma is 0") {
  const at::Tensor scores = wave({4, 4}, 0.8);
  const double focal = LossHolder("{type: focal, gamma: 0}").of(scores, classes).mean.item<double>();
  CHECK(focal == Approx(LossHolder("cross_entropy").of(scores, classes).mean.item<double>()).epsilon(1e-6));
}

TEST_CASE("the gradient of focal is its slope") {
  check_differences("{type: focal, gamma: 1.5}", wave({4, 4}, 0.8), classes);
  check_differences("{type: focal, alpha: 0.7}", wave({3, 2}, 0.8),
                    at::tensor({1.0, 0.0, 0.3, 1.0, 0.0, 0.6}).reshape({3, 2}));
}

TEST_CASE("a sure and right answer leaves focal finite, value and gradient") {
  at::Tensor scores = at::tensor({80.0, -80.0, 0.0}).to(at::kFloat).reshape({1, 3}).set_requires_grad(true);
  const Weighted loss = LossHolder("{type: focal, gamma: 0.5}").of(scores, at::zeros({1}, at::kLong));
  loss.mean.backward();
  CHECK(loss.mean.item<double>() == Approx(0.0).margin(1e-12));
  CHECK(at::isfinite(scores.grad()).all().item<bool>());
}

TEST_CASE("focal counts samples by their weights, and alpha weighs two classes alone") {
  check_weighted("{type: focal, class_weights: [1, 2, 0.5, 3]}", wave({4, 4}, 0.3), classes);
  check_weighted("{type: focal, alpha: 0.7}", wave({3, 2}, 0.8), wave({3, 2}, 0.1).sigmoid());
  check_refused("{type: focal, alpha: 0.7}", wave({4, 4}, 0), classes, "loss.alpha: weighs the second of two");
}

TEST_CASE("focal refuses numbers of another shape, and weights of another number") {
  check_refused("focal", wave({4, 4}, 0), wave({4, 1}, 0), "loss: focal");
  check_refused("{type: focal, class_weights: [1, 2]}", wave({4, 4}, 0), classes, "loss.class_weights: has 2 values");
}

TEST_CASE("focal of pixels takes classes last and counts those that have a class") {
  const at::Tensor pixels = at::tensor(std::vector<int64_t>{2, 0, -100, 1, 3, 0}).reshape({1, 2, 3});
  check_loss("focal", "pixels", "focal", {1, 2, 3, 4}, pixels, 5);
}

}  // namespace
}  // namespace dlrun::focal_test
