// Adam against torch.optim.Adam.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adam_test {
namespace {

using test::check_trajectory;

TEST_CASE("adam goes where torch.optim.Adam goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adam");
  check_trajectory("{type: adam, lr: 0.01}", golden["plain"]);
  check_trajectory("{type: adam, lr: 0.01, weight_decay: 0.1}", golden["decay"]);
  check_trajectory(
      "{type: adam, lr: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weight_decay: 0.01, amsgrad: true, "
      "decay_norm_and_bias: true}",
      golden["amsgrad"]);
}

}  // namespace
}  // namespace dlrun::adam_test
