// AdamW against torch.optim.AdamW.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adamw_test {
namespace {

using test::check_trajectory;

TEST_CASE("adamw goes where torch.optim.AdamW goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adamw");
  check_trajectory("{type: adamw, lr: 0.01, weight_decay: 0.1}", golden["decay"]);
  check_trajectory(
      "{type: adamw, lr: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weight_decay: 0.1, amsgrad: true, "
      "decay_norm_and_bias: true}",
      golden["amsgrad"]);
}

}  // namespace
}  // namespace dlrun::adamw_test
