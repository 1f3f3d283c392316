// The polynomial schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::polynomial_test {
namespace {

TEST_CASE("polynomial equals PolynomialLR") {
  const nlohmann::json golden = read_golden("optim/polynomial");
  test::check_rates(test::rates("polynomial", 0.2, 20, {20, 5}), golden["line"]);
  test::check_rates(test::rates("{type: polynomial, power: 2}", 0.2, 20, {20, 5}), golden["square"]);
  test::check_rates(test::rates("{type: polynomial, power: 0.9}", 0.2, 20, {20, 5}), golden["root"]);
}

TEST_CASE("polynomial ends at min_lr") {
  const std::vector<double> rates = test::rates("{type: polynomial, power: 2, min_lr: 0.1}", 0.3, 5, {4, 4});
  CHECK(rates[0] == Approx(0.3));
  CHECK(rates[2] == Approx(0.1 + 0.2 * 0.25));
  CHECK(rates[4] == Approx(0.1));
}

}  // namespace
}  // namespace dlrun::polynomial_test
