// LAMB against the algorithm of its paper, in numpy.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::lamb_test {
namespace {

using test::check_trajectory;

TEST_CASE("lamb goes where its algorithm goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/lamb");
  check_trajectory("{type: lamb, lr: 0.01}", golden["default"]);
  check_trajectory(
      "{type: lamb, lr: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weight_decay: 0.1, decay_norm_and_bias: true}",
      golden["all"]);
  test::TrajectoryOptions options;
  options.zero = "a.bias";  // Its norm is 0: the first step is Adam's.
  check_trajectory("{type: lamb, lr: 0.01}", golden["zero"], 1e-6, options);
}

}  // namespace
}  // namespace dlrun::lamb_test
