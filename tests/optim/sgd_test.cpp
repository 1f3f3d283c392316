// SGD against torch.optim.SGD.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::sgd_test {
namespace {

using test::check_trajectory;

TEST_CASE("sgd goes where torch.optim.SGD goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/sgd");
  check_trajectory("{type: sgd, lr: 0.1}", golden["plain"]);
  check_trajectory("{type: sgd, lr: 0.05, momentum: 0.9, dampening: 0.2, weight_decay: 0.01}", golden["momentum"]);
  check_trajectory(
      "{type: sgd, lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 0.01, decay_norm_and_bias: true}",
      golden["nesterov"]);
}

TEST_CASE("nesterov asks for a momentum") {
  CHECK(test::refusal<test::OptimizerHolder>("{type: sgd, nesterov: true}")
            .find("optimizer.nesterov: needs a momentum") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::sgd_test
