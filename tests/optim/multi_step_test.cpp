// The multi_step schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::multi_step_test {
namespace {

TEST_CASE("multi_step equals MultiStepLR, one scheduler step being an epoch") {
  const nlohmann::json golden = read_golden("optim/multi_step");
  const std::vector<double> all = test::rates("{type: multi_step, gamma: 0.5, milestones: [2, 3]}", 0.2, 18, {18, 3});
  std::vector<double> epochs;
  for (size_t i = 0; i < all.size(); i += 3) {
    CHECK(all[i] == all[i + 2]);
    epochs.push_back(all[i]);
  }
  test::check_rates(epochs, golden["rates"]);
}

TEST_CASE("milestones that do not rise, and none, are refused") {
  const auto refused = test::refusal<test::ScheduleHolder>;
  CHECK(refused("{type: multi_step, milestones: [3, 2]}").find("lr_scheduler.milestones: must rise") !=
        std::string::npos);
  CHECK(refused("{type: multi_step, milestones: []}").find("lr_scheduler.milestones") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::multi_step_test
