// Random shift: torch.roll by a number of steps that are all as likely.

#include "data/series.h"

namespace dlrun::random_shift_test {
namespace {

TEST_CASE("random_shift rolls a sample as a whole, to either side, every number of steps as often") {
  const int64_t samples = 14000, length = 10;
  const at::Tensor rows = at::arange(2 * length, at::kFloat).reshape({1, 2, length}).expand({samples, 2, length});
  const at::Tensor moved = test::changed("{type: random_shift, steps: 3}", rows.contiguous())["input"];
  std::vector<int64_t> counts(7);
  for (int64_t i = 0; i < samples; ++i) {
    const int64_t first = moved[i][0][0].item<int64_t>();
    const int64_t shift = first > 5 ? length - first : -first;
    REQUIRE(std::abs(shift) <= 3);
    ++counts[static_cast<size_t>(shift + 3)];
    if (i < 100) CHECK(at::equal(moved[i], rows[i].roll(shift, 1)));
  }
  for (const int64_t count : counts) CHECK(static_cast<double>(count) == Approx(2000).margin(170));  // four deviations
}

TEST_CASE("random_shift goes round a series that is shorter") {
  const at::Tensor moved =
      test::changed("{type: random_shift, steps: 50}", at::arange(3, at::kFloat).expand({60, 3}))["input"];
  CHECK(at::equal(std::get<0>(moved.sort(1)), at::arange(3, at::kFloat).expand({60, 3})));
}

TEST_CASE("random_shift is a series' own") { test::check_series("{type: random_shift, steps: 9}"); }

}  // namespace
}  // namespace dlrun::random_shift_test
