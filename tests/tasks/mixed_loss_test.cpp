// The loss of mixed samples: what the published code computes, and cross entropy against soft targets.

#include "tasks/mixed_loss.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/mixed.h"

namespace dlrun::mixed_loss_test {
namespace {

Batch mixed_batch(const at::Tensor& classes, double share) {
  Batch batch{{"target", classes}};
  batch.count = classes.size(0);
  mix_targets("mixup", batch, share);
  return batch;
}

TEST_CASE("the loss of mixed samples is that of each class by its share: cross entropy against soft targets") {
  const at::Tensor classes = at::tensor({0, 3, 1, 2, 2}, at::kLong), scores = at::randn({5, 4}).requires_grad_(true);
  const Batch answer{{"output", scores}}, batch = mixed_batch(classes, 0.7);
  for (const double smoothing : {0.0, 0.1}) {
    const auto loss = test::component<Loss>("cross_entropy", {{"label_smoothing", smoothing}});
    const Weighted found = mixed_loss(*loss, answer, batch);
    const at::Tensor soft = at::one_hot(classes, 4) * 0.7 + at::one_hot(classes.roll(1, 0), 4) * 0.3;
    const at::Tensor expected =
        at::cross_entropy_loss(scores, soft.to(at::kFloat), {}, at::Reduction::Mean, -100, smoothing);
    CHECK(found.mean.item<double>() == Approx(expected.item<double>()).epsilon(1e-6));
    CHECK(found.weight.item<double>() == Approx(5));
  }
  const auto focal = test::component<Loss>("focal", nlohmann::json::object());
  const Batch own{{"target", classes}}, other{{"target", classes.roll(1, 0)}};
  CHECK(mixed_loss(*focal, answer, batch).mean.item<double>() ==
        Approx(0.7 * focal->forward(answer, own).mean.item<double>() +
               0.3 * focal->forward(answer, other).mean.item<double>()));
}

TEST_CASE("a part of a mixed batch has the loss of its rows, and what is not mixed its own") {
  const at::Tensor classes = at::tensor({0, 3, 1, 2}, at::kLong), scores = at::randn({4, 4});
  const auto loss = test::component<Loss>("cross_entropy", nlohmann::json::object());
  Batch batch = mixed_batch(classes, 0.2), answer{{"output", scores}};
  answer.count = 4;
  const double whole = mixed_loss(*loss, answer, batch).mean.item<double>();
  double parts = 0;
  for (const int64_t first : {0, 2})
    parts += mixed_loss(*loss, answer.cut(first, 2), batch.cut(first, 2)).mean.item<double>() / 2;
  CHECK(parts == Approx(whole));
  const Batch plain{{"target", classes}};
  CHECK(mixed_loss(*loss, answer, plain).mean.equal(loss->forward(answer, plain).mean));
}

}  // namespace
}  // namespace dlrun::mixed_loss_test
