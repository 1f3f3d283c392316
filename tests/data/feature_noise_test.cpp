// feature_noise: normal, of its deviation, and a row's own.

#include "data/series.h"

namespace dlrun::feature_noise_test {
namespace {

TEST_CASE("feature_noise adds normal noise to a share p of the numbers") {
  const at::Tensor rows = at::full({500, 40}, 2.0f);
  const at::Tensor noise = test::changed("{type: feature_noise, std: 0.3}", rows)["input"] - rows;
  CHECK(noise.mean().item<double>() == Approx(0.0).margin(0.01));
  CHECK(noise.std().item<double>() == Approx(0.3).epsilon(0.02));
  CHECK(noise.ne(0).all().item<bool>());
  const at::Tensor some = test::changed("{type: feature_noise, std: 0.3, p: 0.2}", rows)["input"] - rows;
  CHECK(some.ne(0).to(at::kDouble).mean().item<double>() == Approx(0.2).margin(0.012));
}

TEST_CASE("feature_noise is a row's own") { test::check_series("{type: feature_noise, std: 0.5}"); }

}  // namespace
}  // namespace dlrun::feature_noise_test
