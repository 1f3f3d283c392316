// Root of the mean squared error against its definition.

#include "metrics/support.h"

namespace dlrun::rmse_test {
namespace {

TEST_CASE("rmse follows its definition") {
  const at::Tensor prediction = at::tensor(std::vector<double>{1, 2, 3, 7}).reshape({4, 1});
  const at::Tensor target = at::tensor(std::vector<double>{1, 4, 3, 4}).reshape({4, 1});
  CHECK(value_of("rmse", prediction, target) == Approx(std::sqrt((0 + 4 + 0 + 9) / 4.0)));
}

TEST_CASE("rmse keeps the digits of large numbers") {
  const at::Tensor prediction = at::tensor({1.7e9 + 0.25, 1.7e9 - 0.25}).reshape({2, 1});
  CHECK(value_of("rmse", prediction, at::full({2, 1}, 1.7e9, at::kDouble)) == Approx(0.25));
}

}  // namespace
}  // namespace dlrun::rmse_test
