// The exponential schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::exponential_test {
namespace {

TEST_CASE("exponential equals ExponentialLR, one scheduler step being an epoch or a step") {
  const nlohmann::json golden = read_golden("optim/exponential");
  test::check_rates(test::rates("{type: exponential, gamma: 0.9, every: step}", 0.2, 12, {12, 3}), golden["rates"]);
  const std::vector<double> all = test::rates("{type: exponential, gamma: 0.9}", 0.2, 36, {36, 3});
  std::vector<double> epochs;
  for (size_t i = 0; i < all.size(); i += 3) {
    CHECK(all[i] == all[i + 2]);
    epochs.push_back(all[i]);
  }
  test::check_rates(epochs, golden["rates"]);
}

}  // namespace
}  // namespace dlrun::exponential_test
