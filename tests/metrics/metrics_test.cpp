// Metrics against their definitions, and their sums over parts of a split.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "metrics/metric.h"
#include "spec/read.h"

namespace dlrun {
namespace {

struct MetricHolder final : Params {
  Choice<Metric> metric;
  std::vector<Field> fields() override { return {field("metric", metric, "Under test.")}; }
};

double value(const std::string& yaml, const at::Tensor& prediction, const at::Tensor& target) {
  MetricHolder holder;
  read_text("metric: " + yaml + "\n", "test.yaml", {}, holder);
  const double whole = holder.metric->value(holder.metric->sums(prediction, target));
  at::Tensor parts = holder.metric->sums(prediction.narrow(0, 0, 1), target.narrow(0, 0, 1));
  parts = parts +
          holder.metric->sums(prediction.narrow(0, 1, prediction.size(0) - 1), target.narrow(0, 1, target.size(0) - 1));
  CHECK(holder.metric->value(parts) == Approx(whole));
  return whole;
}

TEST_CASE("accuracy counts the most likely class") {
  const at::Tensor scores = at::tensor(std::vector<double>{0.1, 0.7, 0.2, 3, 2, 1, 0, 0.5, 0.4}).reshape({3, 3});
  const at::Tensor target = at::tensor(std::vector<int64_t>{1, 1, 2});
  CHECK(value("accuracy", scores, target) == Approx(1.0 / 3));
  CHECK(value("{type: accuracy, top_k: 2}", scores, target) == Approx(1.0));
}

TEST_CASE("accuracy of one logit splits at zero") {
  const at::Tensor scores = at::tensor(std::vector<double>{-1, 2, 3, -4}).reshape({4, 1});
  CHECK(value("accuracy", scores, at::tensor(std::vector<int64_t>{0, 1, 0, 0})) == Approx(0.75));
}

TEST_CASE("rmse and mae follow their definitions") {
  const at::Tensor prediction = at::tensor(std::vector<double>{1, 2, 3, 7}).reshape({4, 1});
  const at::Tensor target = at::tensor(std::vector<double>{1, 4, 3, 4}).reshape({4, 1});
  CHECK(value("rmse", prediction, target) == Approx(std::sqrt((0 + 4 + 0 + 9) / 4.0)));
  CHECK(value("mae", prediction, target) == Approx((0 + 2 + 0 + 3) / 4.0));
}

TEST_CASE("metrics are refused where they have no meaning, with those that have") {
  const at::Tensor scores = at::zeros({4, 3}), classes = at::zeros({4}, at::kLong), one = at::zeros({4, 1});
  const auto problem = [](const std::string& metrics, const at::Tensor& prediction, const at::Tensor& target) {
    struct Holder final : Params {
      ChoiceList<Metric> metrics;
      std::vector<Field> fields() override { return {field("metrics", metrics, "Under test.")}; }
    } holder;
    read_text("metrics: " + metrics + "\n", "test.yaml", {}, holder);
    try {
      require_suitable(holder.metrics, prediction, target);
      return std::string();
    } catch (const UserError& error) {
      return std::string(error.what());
    }
  };
  CHECK(problem("[accuracy]", scores, classes).empty());
  CHECK(problem("[accuracy]", one, classes).empty());
  CHECK(problem("[accuracy]", at::zeros({2, 5, 3}), at::zeros({2, 5}, at::kLong)).empty());
  CHECK(problem("[rmse, mae]", one, one).empty());
  CHECK(problem("[accuracy, rmse]", scores, classes) ==
        "metrics.1: rmse compares numbers of one shape; the predictions are Float [4, 3], the targets Long [4]. "
        "Suitable: "
        "accuracy");
  // These would broadcast.
  CHECK(problem("[mae]", one, at::zeros({4})) ==
        "metrics.0: mae compares numbers of one shape; the predictions are Float [4, 1], the targets Float [4]. No "
        "metric suits them");
  CHECK(problem("[accuracy]", one, one).ends_with("Suitable: mae, rmse"));
}

}  // namespace
}  // namespace dlrun
