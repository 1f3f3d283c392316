// The cosine_restarts schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::cosine_restarts_test {
namespace {

TEST_CASE("cosine_restarts equals CosineAnnealingWarmRestarts") {
  const nlohmann::json golden = read_golden("optim/cosine_restarts");
  test::check_rates(test::rates("{type: cosine_restarts, t_0: 3}", 0.2, 60, {60, 5}), golden["same"]);
  test::check_rates(test::rates("{type: cosine_restarts, t_0: 1, t_mult: 2, min_lr: 0.01}", 0.2, 60, {60, 5}),
                    golden["longer"]);
}

}  // namespace
}  // namespace dlrun::cosine_restarts_test
