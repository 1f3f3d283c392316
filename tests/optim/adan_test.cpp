// Adan against timm.optim.Adan.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adan_test {
namespace {

using test::check_trajectory;

TEST_CASE("adan goes where timm.optim.Adan goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adan");
  check_trajectory("{type: adan, lr: 0.01}", golden["plain"]);
  check_trajectory(
      "{type: adan, lr: 0.02, beta1: 0.9, beta2: 0.8, beta3: 0.95, epsilon: 1e-4, weight_decay: 0.1, "
      "decay_norm_and_bias: true}",
      golden["all"]);
  check_trajectory("{type: adan, lr: 0.01, weight_decay: 0.1, no_prox: true}", golden["no_prox"]);
}

}  // namespace
}  // namespace dlrun::adan_test
