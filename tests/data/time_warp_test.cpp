// time_warp: keeps the ends and the order of a series, and is linear in it.

#include "data/series.h"

namespace dlrun::time_warp_test {
namespace {

TEST_CASE("time_warp moves the steps of a series in time, all channels alike, and keeps its ends") {
  const at::Tensor ramp = at::arange(41, at::kFloat).expand({300, 2, 41}).contiguous();
  const at::Tensor result = test::changed("{type: time_warp, sigma: 0.2, knot: 4}", ramp)["input"];
  CHECK(result.select(1, 0).equal(result.select(1, 1)));
  CHECK(result.select(2, 0).eq(0).all().item<bool>());
  CHECK(result.select(2, 40).sub(40).abs().max().item<double>() < 1e-4);
  // Of a ramp it gives the course itself: it never falls, and the middle moves by some steps to both sides.
  CHECK((result.slice(2, 1) - result.slice(2, 0, 40)).min().item<double>() >= -1e-5);
  const at::Tensor middle = result.select(2, 20).select(1, 0);
  CHECK(middle.std().item<double>() > 1.0);
  CHECK(middle.std().item<double>() < 8.0);
  CHECK(middle.mean().item<double>() == Approx(20).margin(2));
  // What it does is linear in the series.
  const at::Tensor other = at::randn({300, 2, 41});
  const auto warped = [](const at::Tensor& rows) {
    return test::changed("{type: time_warp, sigma: 0.2, knot: 4}", rows)["input"];
  };
  CHECK(warped(ramp * 2 + other).allclose(warped(ramp) * 2 + warped(other), 1e-4, 1e-4));
}

TEST_CASE("time_warp without any deviation changes nothing, and is a series' own") {
  const at::Tensor rows = at::randn({3, 17});
  CHECK(test::changed("{type: time_warp, sigma: 0}", rows)["input"].allclose(rows, 1e-5, 1e-5));
  test::check_series("{type: time_warp, sigma: 0.3, knot: 3}");
}

}  // namespace
}  // namespace dlrun::time_warp_test
