// Quantile loss against scikit-learn's mean_pinball_loss.

#include "losses/support.h"

namespace dlrun::quantile_test {
namespace {

TEST_CASE("quantile and its gradient equal scikit-learn's") {
  check_loss("quantile", "median", "quantile", {4, 3}, wave({4, 3}, 1.0), 12);
  check_loss("quantile", "high", "{type: quantile, quantile: 0.9}", {4, 3}, wave({4, 3}, 1.0), 12);
  check_differences("{type: quantile, quantile: 0.2}", wave({4, 3}, 0.4), wave({4, 3}, 1.0).to(at::kDouble));
}

TEST_CASE("quantile is least where that share of the targets lies below") {
  const at::Tensor targets = at::arange(100, at::kFloat).reshape({100, 1});
  const auto value = [&](double guess) {
    return LossHolder("{type: quantile, quantile: 0.9}").of(at::full({100, 1}, guess), targets).mean.item<double>();
  };
  CHECK(value(89.5) < value(85));
  CHECK(value(89.5) < value(94));
}

TEST_CASE("quantile refuses classes") {
  check_refused("quantile", wave({4, 1}, 0), at::zeros({4}, at::kLong), "loss: quantile");
}

}  // namespace
}  // namespace dlrun::quantile_test
