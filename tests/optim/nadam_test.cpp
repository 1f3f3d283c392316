// NAdam against torch.optim.NAdam.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::nadam_test {
namespace {

using test::check_trajectory;

TEST_CASE("nadam goes where torch.optim.NAdam goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/nadam");
  check_trajectory("{type: nadam, lr: 0.01}", golden["plain"]);
  check_trajectory(
      "{type: nadam, lr: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, momentum_decay: 0.1, weight_decay: 0.05}",
      golden["coupled"]);
  check_trajectory(
      "{type: nadam, lr: 0.02, weight_decay: 0.05, decoupled_weight_decay: true, decay_norm_and_bias: true}",
      golden["decoupled"]);
}

}  // namespace
}  // namespace dlrun::nadam_test
