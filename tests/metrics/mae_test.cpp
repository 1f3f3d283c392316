// Mean absolute error against its definition.

#include "metrics/support.h"

namespace dlrun::mae_test {
namespace {

TEST_CASE("mae follows its definition") {
  const at::Tensor prediction = at::tensor(std::vector<double>{1, 2, 3, 7}).reshape({4, 1});
  const at::Tensor target = at::tensor(std::vector<double>{1, 4, 3, 4}).reshape({4, 1});
  CHECK(value_of("mae", prediction, target) == Approx((0 + 2 + 0 + 3) / 4.0));
}

TEST_CASE("mae keeps the digits of large numbers") {
  const at::Tensor prediction = at::tensor({1.7e9 + 0.25, 1.7e9 - 0.25}).reshape({2, 1});
  CHECK(value_of("mae", prediction, at::full({2, 1}, 1.7e9, at::kDouble)) == Approx(0.25));
}

}  // namespace
}  // namespace dlrun::mae_test
