// Jitter: what it adds is normal, of the deviation that was asked for.

#include "data/series.h"

namespace dlrun::jitter_test {
namespace {

TEST_CASE("jitter adds normal noise of its deviation, independent from number to number") {
  const at::Tensor rows = at::full({400, 50}, 3.0f);
  const at::Tensor noise = (test::changed("{type: jitter, std: 0.2}", rows)["input"] - rows).to(at::kDouble);
  const double count = static_cast<double>(noise.numel());
  CHECK(noise.mean().item<double>() == Approx(0.0).margin(4 * 0.2 / std::sqrt(count)));
  CHECK(noise.std().item<double>() == Approx(0.2).epsilon(0.02));
  CHECK(noise.pow(4).mean().item<double>() == Approx(3 * 0.0016).epsilon(0.05));
  const at::Tensor next = noise.narrow(1, 1, 49), here = noise.narrow(1, 0, 49);
  CHECK((next * here).mean().item<double>() == Approx(0.0).margin(4 * 0.04 / std::sqrt(count)));
  CHECK((noise.narrow(0, 1, 399) * noise.narrow(0, 0, 399)).mean().item<double>() ==
        Approx(0.0).margin(4 * 0.04 / std::sqrt(count)));
}

TEST_CASE("smooth noise keeps its deviation, and neighbours share as much of it as a Gaussian's overlap says") {
  const at::Tensor rows = at::zeros({4000, 2, 40});
  const at::Tensor noise = test::changed("{type: jitter, std: 0.5, smooth: 1.5}", rows)["input"].to(at::kDouble);
  CHECK(noise.std().item<double>() == Approx(0.5).epsilon(0.02));
  for (const int64_t apart : {1, 2, 3, 6}) {
    const at::Tensor shared = noise.narrow(2, 0, 40 - apart) * noise.narrow(2, apart, 40 - apart);
    const double distance = static_cast<double>(apart) / 1.5;
    CHECK(shared.mean().item<double>() == Approx(0.25 * std::exp(-distance * distance / 4)).margin(0.004));
  }
  CHECK((noise.select(1, 0) * noise.select(1, 1)).mean().item<double>() == Approx(0.0).margin(0.004));
}

TEST_CASE("jitter is a series' own") { test::check_series("{type: jitter, std: 0.5}"); }

TEST_CASE("jitter of deviation 0 changes nothing") {
  const at::Tensor rows = at::randn({3, 7});
  CHECK(at::equal(test::changed("{type: jitter, std: 0}", rows)["input"], rows));
}

}  // namespace
}  // namespace dlrun::jitter_test
