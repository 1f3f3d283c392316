// Averages of metrics of classes where a sample has any number of labels, against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::multi_label_averages_test {
namespace {

const std::vector<std::string> label_names = {"a", "b", "c", "d"};

// In two batches, as they come.
Results joined_values(Metric& metric, const at::Tensor& scores, const at::Tensor& given, const at::Tensor& is_true) {
  std::vector<at::Tensor> joined;
  const int64_t half = given.size(0) / 3;
  for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, half}, {half, given.size(0) - half}}) {
    const Batch answer{{"output", scores.narrow(0, first, count)},
                       {"labels", given.narrow(0, first, count).to(at::kBool)}};
    const Batch truth{{"target", is_true.narrow(0, first, count).to(at::kFloat)}};
    CHECK(metric.misfit(answer, truth).empty());
    join(metric.merge(), joined, metric.measure(answer, truth));
  }
  return metric.values(joined);
}

void check_average(const std::string& metric, const std::string& average, const nlohmann::json& one) {
  INFO(metric << " " << average);
  const MetricHolder holder("{type: " + metric + ", average: " + average + "}");
  const at::Tensor given = matrix(one["given"]), is_true = matrix(one["true"]);
  holder.metric->know_classes({label_names.begin(), label_names.begin() + given.size(1)});
  const Results results = joined_values(*holder.metric, matrix(one["scores"]), given, is_true);
  const nlohmann::json& expected = one[metric][average];
  if (average != "none") {
    REQUIRE(results.size() == 1);
    CHECK(results[0].first == holder.metric->names()[0]);
    return check_number(results[0].second, expected);
  }
  REQUIRE(results.size() == expected.size());
  for (size_t k = 0; k < results.size(); ++k) {
    CHECK(results[k].first == metric + "_" + label_names[k]);
    check_number(results[k].second, expected[k]);
  }
}

}  // namespace

TEST_CASE("averages over labels are scikit-learn's, also of labels that are nowhere") {
  const nlohmann::json golden = read_golden("metrics/multi_label");
  for (const auto& [name, one] : golden.items())
    for (const char* metric : {"f1", "precision", "recall", "roc_auc", "average_precision"})
      for (const char* average : {"macro", "micro", "weighted", "none"}) {
        INFO(name);
        check_average(metric, average, one);
      }
}

TEST_CASE("averages of rankings are for labels alone") {
  for (const char* metric : {"roc_auc", "average_precision"}) {
    const MetricHolder holder("{type: " + std::string(metric) + ", average: micro}");
    const Batch answer{{"output", at::zeros({4, 2})}}, truth{{"target", at::zeros({4}, at::kLong)}};
    CHECK(holder.metric->misfit(answer, truth) == "with average: micro is for samples with any number of labels");
  }
}

TEST_CASE("average: binary is not for labels") {
  const MetricHolder holder("{type: f1, average: binary}");
  const Batch answer{{"output", at::zeros({4, 2})}, {"labels", at::zeros({4, 2}, at::kBool)}};
  CHECK_THAT(holder.metric->misfit(answer, {{"target", at::zeros({4, 2})}}),
             Catch::StartsWith("with average: binary looks at the second of two classes, and labels are there or not"));
}

}  // namespace dlrun::multi_label_averages_test
