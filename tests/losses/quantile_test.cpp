// Quantile loss against scikit-learn's mean_pinball_loss.

#include "losses/gives_quantiles.h"
#include "losses/support.h"
#include "tensor/quantile_name.h"

namespace dlrun::quantile_test {
namespace {

TEST_CASE("quantile and its gradient equal scikit-learn's") {
  check_loss("quantile", "median", "quantile", {4, 3}, wave({4, 3}, 1.0), 12);
  check_loss("quantile", "high", "{type: quantile, quantile: 0.9}", {4, 3}, wave({4, 3}, 1.0), 12);
  check_differences("{type: quantile, quantile: 0.2}", wave({4, 3}, 0.4), wave({4, 3}, 1.0).to(at::kDouble));
}

TEST_CASE("several quantiles at once are the mean of each, and the middle one is what is predicted") {
  const std::string yaml = "{type: quantile, quantiles: [0.1, 0.5, 0.9]}";
  check_loss("quantile", "several", yaml, {4, 9}, wave({4, 3}, 1.0), 36);
  check_differences(yaml, wave({4, 9}, 0.4), wave({4, 3}, 1.0).to(at::kDouble));
  check_weighted(yaml, wave({4, 9}, 0.3), wave({4, 3}, 1.0));
  const LossHolder holder(yaml);
  CHECK(holder.loss->numbers(3) == 9);
  const at::Tensor output = wave({4, 9}, 0.3);
  CHECK(holder.loss->predicted(output).equal(output.narrow(1, 3, 3)));
  const auto& gives = dynamic_cast<const GivesQuantiles&>(*holder.loss);
  CHECK(gives.of_share(output, 2).equal(output.narrow(1, 6, 3)));
  CHECK(quantile_name(gives.shares()[2]) == "quantile_0.9");
}

TEST_CASE("quantiles are shares that rise, and a number for each") {
  CHECK_THROWS_AS(LossHolder("{type: quantile, quantiles: [0.9, 0.1]}"), UserError);
  CHECK_THROWS_AS(LossHolder("{type: quantile, quantiles: [0.1, 1]}"), UserError);
  check_refused("{type: quantile, quantiles: [0.1, 0.9]}", wave({4, 3}, 0), wave({4, 3}, 1), "loss.quantiles: ");
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
