// LARS against timm.optim.Lars.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::lars_test {
namespace {

using test::check_trajectory;

TEST_CASE("lars goes where timm.optim.Lars goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/lars");
  check_trajectory("{type: lars, lr: 0.1}", golden["plain"]);
  check_trajectory(
      "{type: lars, lr: 0.5, momentum: 0.9, dampening: 0.2, weight_decay: 0.01, trust_coeff: 0.01, epsilon: 1e-4}",
      golden["decayed"]);
  check_trajectory(
      "{type: lars, lr: 0.2, momentum: 0.9, nesterov: true, weight_decay: 0.01, trust_coeff: 0.02, "
      "decay_norm_and_bias: "
      "true}",
      golden["nesterov"]);
  check_trajectory("{type: lars, lr: 0.1, momentum: 0.9, trust_coeff: 0.3, trust_clip: true, always_adapt: true}",
                   golden["clipped"]);
}

}  // namespace
}  // namespace dlrun::lars_test
