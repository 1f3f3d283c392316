// What metrics share: names that differ, and which of them suit which predictions.

#include "metrics/support.h"

namespace dlrun::metric_test {
namespace {

struct ListHolder final : Params {
  ChoiceList<Metric> metrics;
  std::vector<Field> fields() override { return {field("metrics", metrics, "Under test.")}; }
  explicit ListHolder(const std::string& yaml) { read_text("metrics: " + yaml + "\n", "test.yaml", {}, *this); }
};

std::string problem_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "";
}

TEST_CASE("metrics are refused where they have no meaning, with those that have") {
  const at::Tensor scores = at::zeros({4, 3}), classes = at::zeros({4}, at::kLong), one = at::zeros({4, 1});
  const auto problem = [](const std::string& metrics, const at::Tensor& prediction, const at::Tensor& target) {
    const ListHolder holder(metrics);
    return problem_of([&] { require_suitable(holder.metrics, {{"output", prediction}}, {{"target", target}}); });
  };
  CHECK(problem("[accuracy]", scores, classes).empty());
  CHECK(problem("[accuracy, roc_auc]", one, classes).empty());
  CHECK(problem("[accuracy]", at::zeros({2, 5, 3}), at::zeros({2, 5}, at::kLong)).empty());
  CHECK(problem("[rmse, mae]", one, one).empty());
  CHECK_THAT(problem("[accuracy, rmse]", scores, classes),
             Catch::StartsWith("metrics.1: rmse compares numbers of one shape; the predictions are Float [4, 3], the "
                               "targets Long [4]. Suitable: accuracy"));
  CHECK_THAT(problem("[roc_auc]", scores, classes), Catch::StartsWith("metrics.0: roc_auc ranks the scores of two"));
  // These would broadcast.
  CHECK(problem("[mae]", one, at::zeros({4})) ==
        "metrics.0: mae compares numbers of one shape; the predictions are Float [4, 1], the targets Float [4]. No "
        "metric suits them");
  CHECK(problem("[accuracy]", one, one).ends_with("Suitable: mae, mape, r2, rmse, spearman"));
}

TEST_CASE("what a metric needs and an answer lacks is a misfit, not an exception") {
  const ListHolder holder("[confusion_matrix, accuracy]");
  const Batch embedding = {{"embedding", at::zeros({4, 8})}}, scores = {{"output", at::zeros({4, 3})}};
  const Batch classes = {{"target", at::zeros({4}, at::kLong)}};
  for (size_t k = 0; k < holder.metrics.size(); ++k) {
    CHECK(misfit_of(holder.metrics[k], embedding, classes) == "needs 'output', which this task does not give");
    CHECK(misfit_of(holder.metrics[k], scores, Batch()) == "needs 'target', which this task does not give");
    CHECK(misfit_of(holder.metrics[k], scores, classes).empty());
  }
}

TEST_CASE("two metrics may not give a number of one name") {
  const auto problem = [](const std::string& metrics) {
    const ListHolder holder(metrics);
    return problem_of([&] { require_distinct_names(holder.metrics); });
  };
  CHECK(problem("[accuracy, {type: accuracy, top_k: 2}, {type: accuracy, top_k: 5}]").empty());
  CHECK(problem("[accuracy, mae, accuracy]") ==
        "metrics.2: gives \"accuracy\", as metrics.0 does already; one of them would hide the other");
}

}  // namespace
}  // namespace dlrun::metric_test
