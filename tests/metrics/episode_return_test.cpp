// The mean of what episodes brought, however they are cut into batches.

#include "metrics/support.h"

namespace dlrun::episode_return_test {
namespace {

TEST_CASE("episode_return is the mean over all episodes") {
  const MetricHolder holder("episode_return");
  std::vector<at::Tensor> joined;
  for (const std::vector<double>& some : {std::vector<double>{500, 20}, std::vector<double>{7}})
    join(holder.metric->merge(), joined, holder.metric->measure({}, {{"return", at::tensor(some, at::kDouble)}}));
  const Results results = holder.metric->values(joined);
  REQUIRE(results.size() == 1);
  CHECK(results[0].first == "return");
  CHECK(results[0].second == Approx(527.0 / 3));
  CHECK(holder.metric->higher_is_better("return"));
}

TEST_CASE("episode_return refuses answers that are no episodes") {
  const MetricHolder holder("episode_return");
  const Batch pair{{"output", at::zeros({2, 1})}}, truth{{"target", at::zeros({2, 1})}};
  CHECK_THAT(holder.metric->misfit(pair, truth), Catch::Contains("episodes"));
}

}  // namespace
}  // namespace dlrun::episode_return_test
