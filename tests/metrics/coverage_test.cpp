// Coverage of an interval, by its definition.

#include "metrics/cases.h"

namespace dlrun::coverage_test {
namespace {

TEST_CASE("coverage counts targets between two quantiles, ends included, over batches") {
  const nlohmann::json golden = read_golden("metrics/coverage");
  const at::Tensor target = matrix(golden["target"]), low = matrix(golden["low"]), high = matrix(golden["high"]);
  const MetricHolder holder("{type: coverage, lower: 0.1, upper: 0.9}");
  std::vector<at::Tensor> joined;
  for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 7}, {7, 43}}) {
    const Batch answer{{"quantile_0.1", low.narrow(0, first, count)}, {"quantile_0.9", high.narrow(0, first, count)}};
    const Batch truth{{"target", target.narrow(0, first, count)}};
    CHECK(holder.metric->misfit(answer, truth).empty());
    join(holder.metric->merge(), joined, holder.metric->measure(answer, truth));
  }
  const Results results = holder.metric->values(joined);
  REQUIRE(results.size() == 2);
  check_number(results[0].second, golden["coverage"]);
  check_number(results[1].second, golden["interval_width"]);
}

TEST_CASE("coverage asks for two quantiles in their order") {
  CHECK_THROWS_AS(MetricHolder("{type: coverage, lower: 0.9, upper: 0.1}"), UserError);
  const MetricHolder holder("coverage");
  CHECK_THROWS_AS(holder.metric->misfit({{"quantile_0.1", at::zeros({4, 1})}}, {{"target", at::zeros({4, 1})}}),
                  NoSuchTensor);
}

}  // namespace
}  // namespace dlrun::coverage_test
