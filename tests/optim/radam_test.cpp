// RAdam against torch.optim.RAdam.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::radam_test {
namespace {

using test::check_trajectory;

TEST_CASE("radam goes where torch.optim.RAdam goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/radam");
  check_trajectory("{type: radam, lr: 0.01}", golden["plain"]);
  check_trajectory("{type: radam, lr: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weight_decay: 0.05}",
                   golden["coupled"]);
  check_trajectory(
      "{type: radam, lr: 0.02, weight_decay: 0.05, decoupled_weight_decay: true, decay_norm_and_bias: true}",
      golden["decoupled"]);
}

}  // namespace
}  // namespace dlrun::radam_test
