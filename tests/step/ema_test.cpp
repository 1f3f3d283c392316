// The moving average of the weights: its closed form, and changing places with the weights.

#include "step/ema.h"

#include <catch2/catch.hpp>

namespace dlrun::ema_test {
namespace {

TEST_CASE("the average follows the weights by its decay, faster while it warms up") {
  Ema settings;
  settings.decay = 0.9;
  settings.warmup = false;
  const at::Tensor weights = at::zeros({3});
  WeightAverage average(settings, {weights});
  weights.fill_(1.0);
  average.update(1);
  CHECK(at::allclose(average.averages()[0], at::full({3}, 0.1)));
  average.update(2);
  CHECK(at::allclose(average.averages()[0], at::full({3}, 0.19)));

  settings.warmup = true;
  const at::Tensor start = at::zeros({1});
  WeightAverage warm(settings, {start});
  start.fill_(1.0);
  warm.update(1);  // decay 2 / 11
  CHECK(warm.averages()[0].item<double>() == Approx(9.0 / 11));
}

TEST_CASE("average and weights change places, whatever their size") {
  for (const int64_t size : {int64_t{1}, int64_t{1} << 18, (int64_t{3} << 18) + 7}) {
    const at::Tensor weights = at::arange(size, at::kFloat), other = at::ones({4});
    const Ema settings;
    WeightAverage average(settings, {weights, other});
    weights.mul_(2);
    average.swap();
    CHECK(weights.equal(at::arange(size, at::kFloat)));
    CHECK(average.averages()[0].equal(at::arange(size, at::kFloat) * 2));
    average.swap();
    CHECK(weights.equal(at::arange(size, at::kFloat) * 2));
    CHECK(average.averages()[0].equal(at::arange(size, at::kFloat)));
  }
}

}  // namespace
}  // namespace dlrun::ema_test
