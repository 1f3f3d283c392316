// Random trend: a straight line through 0 at the middle.

#include "data/series.h"

namespace dlrun::random_trend_test {
namespace {

TEST_CASE("random_trend adds a straight line through the middle, its height at the end normal") {
  const at::Tensor rows = at::full({20000, 11}, 2.0f);
  const at::Tensor line = (test::changed("{type: random_trend, std: 0.4}", rows)["input"] - rows).to(at::kDouble);
  const at::Tensor height = line.select(1, 10);
  CHECK(height.mean().item<double>() == Approx(0.0).margin(4 * 0.4 / std::sqrt(20000.0)));
  CHECK(height.std().item<double>() == Approx(0.4).epsilon(0.02));
  const at::Tensor expected = height.unsqueeze(1) * at::arange(-5, 6, at::kDouble) / 5;
  CHECK((line - expected).abs().max().item<double>() < 1e-6);
  const at::Tensor single = test::changed("random_trend", at::ones({3, 1}))["input"];
  CHECK(at::isfinite(single).all().item<bool>());
}

TEST_CASE("random_trend is a series' own") { test::check_series("{type: random_trend, std: 0.5}"); }

}  // namespace
}  // namespace dlrun::random_trend_test
