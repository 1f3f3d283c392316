// feature_dropout: how often numbers are lost, and what stands in their place.

#include "data/series.h"

namespace dlrun::feature_dropout_test {
namespace {

TEST_CASE("feature_dropout loses a share p of the numbers to its value") {
  const at::Tensor rows = at::full({500, 40}, 2.0f);
  const at::Tensor result = test::changed("{type: feature_dropout, p: 0.25, value: -1}", rows)["input"];
  CHECK(result.eq(-1).logical_or(result.eq(2)).all().item<bool>());
  CHECK(result.eq(-1).to(at::kDouble).mean().item<double>() == Approx(0.25).margin(0.013));
}

TEST_CASE("feature_dropout takes the same feature of another row where it is told to") {
  const at::Tensor rows = at::arange(60 * 5, at::kFloat).view({60, 5});
  const at::Tensor result = test::changed("{type: feature_dropout, p: 0.5, replacement: row}", rows)["input"];
  CHECK(result.remainder(5).equal(rows.remainder(5)));  // column k holds numbers of column k
  CHECK(result.ne(rows).to(at::kDouble).mean().item<double>() == Approx(0.5 * 59 / 60).margin(0.1));
  CHECK(result.min().item<float>() >= 0.0f);
  CHECK(result.max().item<float>() <= 299.0f);
}

TEST_CASE("feature_dropout is a row's own") { test::check_series("{type: feature_dropout, p: 0.5}"); }

}  // namespace
}  // namespace dlrun::feature_dropout_test
