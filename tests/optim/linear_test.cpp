// The linear schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::linear_test {
namespace {

TEST_CASE("linear equals LinearLR") {
  const nlohmann::json golden = read_golden("optim/linear");
  test::check_rates(test::rates("linear", 0.2, 20, {20, 5}), golden["whole"]);
  test::check_rates(test::rates("{type: linear, start_factor: 0.5, end_factor: 0.9, epochs: 2}", 0.2, 20, {20, 5}),
                    golden["part"]);
}

}  // namespace
}  // namespace dlrun::linear_test
