// Rprop against torch.optim.Rprop.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::rprop_test {
namespace {

using test::check_trajectory;

TEST_CASE("rprop goes where torch.optim.Rprop goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/rprop");
  check_trajectory("{type: rprop, lr: 0.01}", golden["plain"]);
  check_trajectory("{type: rprop, lr: 0.02, etaminus: 0.4, etaplus: 1.3, step_size_min: 1e-4, step_size_max: 0.05}",
                   golden["all"]);
}

}  // namespace
}  // namespace dlrun::rprop_test
