// The schedule that follows validations against torch's.

#include <catch2/catch.hpp>
#include <cmath>

#include "trajectory.h"

namespace dlrun::reduce_on_plateau_test {
namespace {

// The rate before the first validation and after each.
std::vector<double> rates(const std::string& keys, const std::vector<double>& values, bool higher_is_better) {
  const test::ScheduleHolder holder("{type: reduce_on_plateau, " + keys + "}");
  std::vector<double> rates;
  for (size_t count = 0; count <= values.size(); ++count)
    rates.push_back(holder.lr_scheduler->at(0.2, {1, 100, 10, std::span(values).first(count), higher_is_better}).lr);
  return rates;
}

TEST_CASE("reduce_on_plateau equals ReduceLROnPlateau after every validation") {
  const nlohmann::json golden = read_golden("optim/reduce_on_plateau");
  std::vector<double> values, rising;
  for (const nlohmann::json& value : golden["values"]) {
    values.push_back(value.is_null() ? std::nan("") : value.get<double>());
    rising.push_back(2 - values.back());
  }
  const auto check = [&](const char* name, const std::string& keys, bool higher) {
    INFO(name);
    test::check_rates(rates(keys, higher ? rising : values, higher), golden[name]);
  };
  check("patience", "patience: 2, factor: 0.5", false);
  check("none", "patience: 0, factor: 0.9", false);
  check("cooldown", "patience: 1, factor: 0.5, cooldown: 2, min_lr: 0.03", false);
  check("absolute", "patience: 1, factor: 0.5, threshold: 0.1, threshold_mode: abs", false);
  check("max", "patience: 1, factor: 0.5, threshold: 0.05", true);
  check("max_absolute", "patience: 1, factor: 0.5, threshold: 0.05, threshold_mode: abs", true);
  check("epsilon", "patience: 0, factor: 0.1, epsilon: 1e-3", false);
}

TEST_CASE("the mode of reduce_on_plateau goes before the way the monitored number gets better") {
  const std::vector<double> values = {0.5, 0.6, 0.7};
  CHECK(rates("patience: 0, factor: 0.5", values, true).back() == 0.2);
  CHECK(rates("patience: 0, factor: 0.5, mode: min", values, true).back() == Approx(0.05));
  CHECK(rates("patience: 0, factor: 0.5, mode: max", values, false).back() == 0.2);
}

}  // namespace
}  // namespace dlrun::reduce_on_plateau_test
