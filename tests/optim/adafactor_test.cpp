// Adafactor against torch.optim.Adafactor.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::adafactor_test {
namespace {

using test::check_trajectory;

TEST_CASE("adafactor goes where torch.optim.Adafactor goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/adafactor");
  check_trajectory("{type: adafactor}", golden["plain"]);
  check_trajectory(
      "{type: adafactor, lr: 0.2, beta2_decay: -0.6, epsilon1: 1e-4, epsilon2: 0.5, d: 1.1, weight_decay: 0.1, "
      "decay_norm_and_bias: true}",
      golden["all"]);
}

TEST_CASE("adafactor keeps a number for each row and column of a matrix") {
  const test::OptimizerHolder holder("adafactor");
  at::Tensor matrix = numbers({40, 30}), filter = numbers({4, 3, 5, 2}), bias = numbers({7});
  const FlatParameters parameters({{"matrix", &matrix}, {"filter", &filter}, {"bias", &bias}}, *holder.optimizer,
                                  false);
  CHECK(parameters.kept() == 40 + 30 + 4 * 3 * (5 + 2) + 7);
}

}  // namespace
}  // namespace dlrun::adafactor_test
