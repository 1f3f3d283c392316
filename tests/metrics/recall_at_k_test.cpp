// Recall at k against pytorch-metric-learning's precision_at_1 and scikit-learn's neighbours.

#include "metrics/cases.h"

namespace dlrun::recall_at_k_test {
namespace {

double recall(const std::string& yaml, const at::Tensor& places, const at::Tensor& classes, int64_t batch) {
  const MetricHolder holder(yaml);
  std::vector<at::Tensor> joined;
  for (int64_t i = 0; i < places.size(0); i += batch) {
    const int64_t size = std::min(batch, places.size(0) - i);
    join(Metric::Merge::append, joined,
         holder.metric->measure({{"embedding", places.narrow(0, i, size)}}, {{"target", classes.narrow(0, i, size)}}));
  }
  return holder.metric->values(joined).at(0).second;
}

TEST_CASE("recall_at_k equals the neighbours of other libraries, however the split is cut") {
  const nlohmann::json golden = read_golden("metrics/recall_at_k");
  const at::Tensor places = matrix(golden["places"]), classes = indices(golden["classes"]);
  for (const int64_t batch : {600, 77}) {
    CHECK(recall("recall_at_k", places, classes, batch) == Approx(golden["recall_at_1"].get<double>()));
    CHECK(recall("{type: recall_at_k, k: 5}", places, classes, batch) == Approx(golden["recall_at_5"].get<double>()));
  }
  CHECK(MetricHolder("{type: recall_at_k, k: 5}").metric->names().at(0) == "recall_at_5");
}

TEST_CASE("recall_at_k asks nobody who is alone in a class") {
  const at::Tensor places = at::tensor(std::vector<double>{0, 1, 10}).reshape({3, 1});
  CHECK(recall("recall_at_k", places, at::tensor(std::vector<int64_t>{0, 0, 1}), 3) == Approx(1.0));
  CHECK(std::isnan(recall("recall_at_k", places, at::tensor(std::vector<int64_t>{0, 1, 2}), 3)));
}

}  // namespace
}  // namespace dlrun::recall_at_k_test
