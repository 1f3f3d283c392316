// AdaMax against torch.optim.Adamax.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adamax_test {
namespace {

using test::check_trajectory;

TEST_CASE("adamax goes where torch.optim.Adamax goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adamax");
  check_trajectory("{type: adamax, lr: 0.01}", golden["plain"]);
  check_trajectory(
      "{type: adamax, lr: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weight_decay: 0.05, decay_norm_and_bias: true}",
      golden["all"]);
}

}  // namespace
}  // namespace dlrun::adamax_test
