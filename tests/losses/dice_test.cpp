// Dice loss against segmentation_models_pytorch's, its definition, and finite differences.

#include "losses/support.h"

namespace dlrun::dice_test {
namespace {

const at::Tensor classes =
    at::tensor(std::vector<int64_t>{0, 2, 2, 1, 0, 0, 1, 1, -100, 0, -100, 1}).reshape({2, 2, 3});
const at::Tensor binary = at::tensor(std::vector<int64_t>{0, 1, 1, 1, 0, 0, 0, 0, -100, 0, -100, 1}).reshape({2, 2, 3});

TEST_CASE("dice and its gradient equal those of segmentation_models_pytorch, picture by picture") {
  check_loss("dice", "classes", "dice", {2, 2, 3, 3}, classes, 2);
  check_loss("dice", "smooth", "{type: dice, smooth: 2}", {2, 2, 3, 3}, classes, 2);
  check_loss("dice", "one_logit", "dice", {2, 2, 3, 1}, binary, 2);
}

TEST_CASE("the gradient of dice is its slope") {
  check_differences("dice", wave({2, 2, 3, 3}, 0.8), classes);
  check_differences("{type: dice, smooth: 1}", wave({2, 2, 3, 1}, 0.8), binary);
}

TEST_CASE("dice is 0 for the truth itself, and the mean over pictures however they are batched") {
  const at::Tensor sure = 60 * at::one_hot(binary.clamp_min(0), 2).to(at::kFloat) - 30;
  CHECK(LossHolder("dice").of(sure, binary).mean.item<double>() == Approx(0.0).margin(1e-6));
  const at::Tensor scores = wave({2, 2, 3, 3}, 0.3);
  double sum = 0.0;
  for (int64_t i = 0; i < 2; ++i)
    sum += LossHolder("dice").of(scores.narrow(0, i, 1), classes.narrow(0, i, 1)).mean.item<double>();
  CHECK(LossHolder("dice").of(scores, classes).mean.item<double>() == Approx(sum / 2).epsilon(1e-6));
}

TEST_CASE("a picture in which nothing counts has a dice loss of 0 and moves nothing") {
  at::Tensor scores = wave({1, 2, 2, 1}, 0.3).set_requires_grad(true);
  const Weighted loss = LossHolder("dice").of(scores, at::full({1, 2, 2}, -100, at::kLong));
  loss.mean.backward();
  CHECK(loss.mean.item<double>() == 0.0);
  CHECK(scores.grad().abs().max().item<double>() == 0.0);
}

TEST_CASE("dice refuses what has no area") {
  check_refused("dice", wave({4, 4}, 0), at::zeros({4}, at::kLong), "loss: dice");
  check_refused("dice", wave({2, 2, 3, 1}, 0), wave({2, 2, 3}, 0), "loss: dice");
}

}  // namespace
}  // namespace dlrun::dice_test
