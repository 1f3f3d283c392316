// The pinball loss of predicted quantiles against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::pinball_test {
namespace {

TEST_CASE("pinball of each quantile equals scikit-learn's, over batches") {
  const nlohmann::json golden = read_golden("metrics/pinball");
  const at::Tensor target = matrix(golden["target"]);
  for (const auto& [share, one] : golden["quantiles"].items()) {
    INFO(share);
    const MetricHolder holder("{type: pinball, quantile: " + share + "}");
    CHECK(holder.metric->names() == std::vector<std::string>{"pinball_" + share});
    std::vector<at::Tensor> joined;
    for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 7}, {7, 43}}) {
      const Batch answer{{"quantile_" + share, matrix(one["given"]).narrow(0, first, count)}};
      const Batch truth{{"target", target.narrow(0, first, count)}};
      CHECK(holder.metric->misfit(answer, truth).empty());
      join(holder.metric->merge(), joined, holder.metric->measure(answer, truth));
    }
    check_number(holder.metric->values(joined)[0].second, one["value"]);
    CHECK_FALSE(holder.metric->higher_is_better(holder.metric->names()[0]));
  }
}

TEST_CASE("pinball asks for a quantile that was taught") {
  const MetricHolder holder("{type: pinball, quantile: 0.3}");
  const Batch answer{{"output", at::zeros({4, 1})}, {"quantile_0.5", at::zeros({4, 1})}};
  CHECK_THROWS_AS(holder.metric->misfit(answer, {{"target", at::zeros({4, 1})}}), NoSuchTensor);
}

}  // namespace
}  // namespace dlrun::pinball_test
