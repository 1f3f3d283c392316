// Schedule-free learning against the package schedulefree.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::schedule_free_test {
namespace {

void check_both(const std::string& yaml, const nlohmann::json& golden, test::TrajectoryOptions options = {}) {
  test::check_trajectory(yaml, golden["weights"], 1e-6, options);
  options.averages = true;
  test::check_trajectory(yaml, golden["averages"], 1e-6, options);
}

TEST_CASE("schedule_free goes where schedulefree's optimizers go in a hundred steps, and averages what they do") {
  const nlohmann::json golden = read_golden("optim/schedule_free");
  check_both("{type: schedule_free, lr: 0.02}", golden["adamw"]);
  check_both(
      "{type: schedule_free, lr: 0.03, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, r: 1, weight_lr_power: 1, "
      "weight_decay: 0.1, decay_norm_and_bias: true}",
      golden["all"]);
  check_both("{type: schedule_free, base: sgd, lr: 0.5, weight_decay: 0.05}", golden["sgd"]);
  test::TrajectoryOptions rising;
  rising.setting = [](int64_t step, double lr) {
    return Setting{.lr = lr * std::min(1.0, static_cast<double>(step + 1) / 20)};
  };
  check_both("{type: schedule_free, lr: 0.02}", golden["warmup"], rising);
}

}  // namespace
}  // namespace dlrun::schedule_free_test
