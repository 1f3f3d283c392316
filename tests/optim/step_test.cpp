// The step schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun {
namespace {

TEST_CASE("step equals MultiStepLR and StepLR, one scheduler step being an epoch") {
  for (const auto& [name, keys] : {std::pair{"milestones", "milestones: [2, 3]"}, {"every", "every_n_epochs: 2"}}) {
    const std::vector<double> all =
        test::rates("{type: step, gamma: 0.5, " + std::string(keys) + "}", 0.2, 18, {18, 3});
    std::vector<double> epochs;
    for (size_t i = 0; i < all.size(); i += 3) {
      CHECK(all[i] == all[i + 2]);
      epochs.push_back(all[i]);
    }
    test::check_rates(epochs, read_golden("optim/step")[name]);
  }
}

}  // namespace
}  // namespace dlrun
