// The step schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::step_test {
namespace {

TEST_CASE("step equals StepLR, one scheduler step being an epoch") {
  const nlohmann::json golden = read_golden("optim/step");
  const std::vector<double> all = test::rates("{type: step, gamma: 0.5, every_n_epochs: 2}", 0.2, 18, {18, 3});
  std::vector<double> epochs;
  for (size_t i = 0; i < all.size(); i += 3) {
    CHECK(all[i] == all[i + 2]);
    epochs.push_back(all[i]);
  }
  test::check_rates(epochs, golden["rates"]);
}

}  // namespace
}  // namespace dlrun::step_test
