// One cycle against torch's OneCycleLR.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::one_cycle_test {
namespace {

using test::check_trajectory;

void check_cycle(const std::string& yaml, int64_t steps, const nlohmann::json& golden) {
  INFO(yaml);
  std::vector<double> rates, momenta;
  for (const Setting& setting : test::settings(yaml, 0.2, steps, {steps, 5})) {
    rates.push_back(setting.lr);
    momenta.push_back(setting.momentum.value());
  }
  test::check_rates(rates, golden["rates"]);
  test::check_rates(momenta, golden["momenta"]);
}

TEST_CASE("one_cycle equals OneCycleLR in rate and momentum") {
  const nlohmann::json golden = read_golden("optim/one_cycle");
  check_cycle("one_cycle", 50, golden["default"]);
  check_cycle("{type: one_cycle, three_phase: true, pct_start: 0.25, div_factor: 10, final_div_factor: 100}", 47,
              golden["three_phases"]);
  check_cycle("{type: one_cycle, anneal_strategy: linear, base_momentum: 0.7, max_momentum: 0.9}", 30,
              golden["linear"]);
  check_cycle("one_cycle", 3, golden["short"]);
}

TEST_CASE("weights go where torch's go under OneCycleLR, which moves momentum or beta1") {
  const nlohmann::json golden = read_golden("optim/one_cycle");
  const test::ScheduleHolder schedule("one_cycle");
  test::TrajectoryOptions options;
  options.setting = [&](int64_t step, double lr) {
    return schedule.lr_scheduler->at(lr, {step, test::trajectory_steps + 1, 10, {}, false});
  };
  check_trajectory("{type: sgd, lr: 0.002, momentum: 0.9}", golden["sgd"], 1e-6, options);
  check_trajectory("{type: rmsprop, lr: 0.001, momentum: 0.5}", golden["rmsprop"], 1e-6, options);
  check_trajectory("{type: adamw, lr: 0.02, weight_decay: 0}", golden["adamw"], 1e-6, options);
}

TEST_CASE("one_cycle of one or two steps, and after its end, is a rate above 0") {
  for (const int64_t total : {1, 2, 10})
    for (const Setting& setting : test::settings("{type: one_cycle, pct_start: 0.1}", 0.2, total + 2, {total, 1})) {
      CHECK(setting.lr > 0);
      CHECK(setting.lr <= 0.2);
      CHECK(setting.momentum.value() <= 0.95);
    }
}

TEST_CASE("one_cycle without its momentum leaves the optimizer's alone") {
  for (const Setting& setting : test::settings("{type: one_cycle, cycle_momentum: false}", 0.2, 5, {5, 1}))
    CHECK_FALSE(setting.momentum.has_value());
}

TEST_CASE("one_cycle refuses a warm-up of its own, and keys that do not go together") {
  const auto refused = test::refusal<test::ScheduleHolder>;
  CHECK(refused("{type: one_cycle, warmup_steps: 5}").find("lr_scheduler.warmup_steps: one_cycle rises by itself") !=
        std::string::npos);
  CHECK(refused("{type: one_cycle, warmup_epochs: 1}").find("lr_scheduler.warmup_epochs: one_cycle rises by itself") !=
        std::string::npos);
  CHECK(refused("{type: one_cycle, base_momentum: 0.96}").find("lr_scheduler.base_momentum: must not be above") !=
        std::string::npos);
  CHECK(
      refused("{type: one_cycle, three_phase: true, pct_start: 0.6}").find("lr_scheduler.pct_start: must be at most") !=
      std::string::npos);
  CHECK(refused("{type: one_cycle, warmup_steps: 0}").empty());
}

}  // namespace
}  // namespace dlrun::one_cycle_test
