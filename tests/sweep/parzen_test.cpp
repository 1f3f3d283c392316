// Densities from samples, against Optuna's.

#include "sweep/parzen.h"

#include <cmath>

#include "golden.h"

namespace dlrun::parzen_test {
namespace {

TEST_CASE("the densities of numbers and of choices are those of Optuna's univariate TPE") {
  const nlohmann::json golden = read_golden("parzen");
  const double low = golden["low"], high = golden["high"];
  for (const nlohmann::json& each : golden["intervals"]) {
    const IntervalDensity density(each["samples"].get<std::vector<double>>(), low, high);
    for (size_t i = 0; i < golden["values"].size(); ++i)
      CHECK(density.log_density(golden["values"][i]) == Approx(each["log_density"][i].get<double>()).epsilon(1e-10));
  }
  for (const nlohmann::json& each : golden["choices"]) {
    const ChoiceDensity density(each["samples"].get<std::vector<size_t>>(), 3);
    for (size_t i = 0; i < 3; ++i)
      CHECK(density.log_density(i) == Approx(each["log_density"][i].get<double>()).epsilon(1e-10));
  }
}

TEST_CASE("draws follow the densities") {
  const IntervalDensity numbers_density({-1.0, -0.9, 2.0}, -2.0, 3.0);
  Random random(5, 0);
  std::vector<int> counts(10);  // of half a unit each
  const int draws = 40000;
  for (int i = 0; i < draws; ++i) {
    const double value = numbers_density.draw(random);
    REQUIRE(value >= -2.0);
    REQUIRE(value <= 3.0);
    ++counts[std::min<size_t>(9, static_cast<size_t>((value + 2.0) * 2))];
  }
  for (int bin = 0; bin < 10; ++bin) {
    double mass = 0.0;  // by the midpoint rule
    for (int i = 0; i < 100; ++i)
      mass += 0.005 * std::exp(numbers_density.log_density(-2.0 + 0.5 * bin + 0.005 * (i + 0.5)));
    CHECK(std::abs(counts[static_cast<size_t>(bin)] - draws * mass) < 5 * std::sqrt(draws * mass));
  }
  const ChoiceDensity choices({1, 1, 0}, 3);
  std::vector<int> chosen(3);
  for (int i = 0; i < draws; ++i) ++chosen[choices.draw(random)];
  for (size_t i = 0; i < 3; ++i) {
    const double expected = draws * std::exp(choices.log_density(i));
    CHECK(std::abs(chosen[i] - expected) < 5 * std::sqrt(expected));
  }
}

}  // namespace
}  // namespace dlrun::parzen_test
