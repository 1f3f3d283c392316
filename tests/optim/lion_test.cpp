// Lion against timm.optim.Lion.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::lion_test {
namespace {

using test::check_trajectory;

TEST_CASE("lion goes where timm.optim.Lion goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/lion");
  check_trajectory("{type: lion, lr: 0.001}", golden["plain"]);
  check_trajectory("{type: lion, lr: 0.002, beta1: 0.8, beta2: 0.95, weight_decay: 0.1, decay_norm_and_bias: true}",
                   golden["all"]);
}

}  // namespace
}  // namespace dlrun::lion_test
