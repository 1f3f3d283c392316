// RMSprop against torch.optim.RMSprop.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::rmsprop_test {
namespace {

using test::check_trajectory;

TEST_CASE("rmsprop goes where torch.optim.RMSprop goes in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/rmsprop");
  check_trajectory("{type: rmsprop, lr: 0.01}", golden["plain"]);
  check_trajectory("{type: rmsprop, lr: 0.002, alpha: 0.9, epsilon: 1e-6, momentum: 0.8, weight_decay: 0.05}",
                   golden["momentum"]);
  check_trajectory("{type: rmsprop, lr: 0.01, centered: true, weight_decay: 0.05}", golden["centered"]);
  check_trajectory(
      "{type: rmsprop, lr: 0.002, centered: true, momentum: 0.8, weight_decay: 0.05, decay_norm_and_bias: true}",
      golden["all"]);
}

TEST_CASE("a constant gradient, whose variance rounds to less than nothing, leaves centered rmsprop finite") {
  const test::OptimizerHolder holder("{type: rmsprop, lr: 1e-3, alpha: 0.5, centered: true}");
  at::Tensor weight = numbers({40}).set_requires_grad(true);
  FlatParameters parameters({{"weight", &weight}}, *holder.optimizer, false);
  for (int step = 0; step < 60; ++step) {
    parameters.zero_gradients();
    weight.mutable_grad().add_(numbers({40}, 0.3));
    parameters.step({.lr = 1e-3});
    REQUIRE(parameters.finite());
  }
}

}  // namespace
}  // namespace dlrun::rmsprop_test
