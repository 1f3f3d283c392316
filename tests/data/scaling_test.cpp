// Scaling: one normal factor for all numbers of a sample.

#include "data/series.h"

namespace dlrun::scaling_test {
namespace {

TEST_CASE("scaling multiplies all numbers of a sample by one factor, normal around 1") {
  const at::Tensor rows = at::ones({20000, 6});
  const at::Tensor factors = test::changed("{type: scaling, std: 0.3}", rows)["input"];
  CHECK(at::equal(factors, factors.narrow(1, 0, 1).expand({20000, 6})));
  const at::Tensor drawn = factors.select(1, 0).to(at::kDouble);
  CHECK(drawn.mean().item<double>() == Approx(1.0).margin(4 * 0.3 / std::sqrt(20000.0)));
  CHECK(drawn.std().item<double>() == Approx(0.3).epsilon(0.02));
  CHECK((drawn - 1).pow(4).mean().item<double>() == Approx(3 * 0.0081).epsilon(0.1));
  const at::Tensor channels = test::changed("{type: scaling, std: 0.3}", at::ones({5, 2, 3}))["input"].flatten(1);
  CHECK(at::equal(channels, factors.narrow(0, 0, 5)));
}

TEST_CASE("scaling is a series' own") { test::check_series("{type: scaling, std: 0.5}"); }

}  // namespace
}  // namespace dlrun::scaling_test
