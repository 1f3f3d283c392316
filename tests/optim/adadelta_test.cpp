// Adadelta against torch.optim.Adadelta.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adadelta_test {
namespace {

using test::check_trajectory;

TEST_CASE("adadelta goes where torch.optim.Adadelta goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adadelta");
  check_trajectory("{type: adadelta}", golden["plain"]);
  check_trajectory("{type: adadelta, lr: 0.5, rho: 0.8, epsilon: 1e-4, weight_decay: 0.05, decay_norm_and_bias: true}",
                   golden["all"]);
}

}  // namespace
}  // namespace dlrun::adadelta_test
