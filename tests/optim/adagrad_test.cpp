// Adagrad against torch.optim.Adagrad.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adagrad_test {
namespace {

using test::check_trajectory;

TEST_CASE("adagrad goes where torch.optim.Adagrad goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adagrad");
  check_trajectory("{type: adagrad, lr: 0.1}", golden["plain"]);
  check_trajectory(
      "{type: adagrad, lr: 0.1, lr_decay: 0.02, weight_decay: 0.05, initial_accumulator_value: 0.3, epsilon: 1e-6, "
      "decay_norm_and_bias: true}",
      golden["all"]);
}

}  // namespace
}  // namespace dlrun::adagrad_test
