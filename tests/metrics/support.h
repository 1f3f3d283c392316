// What tests of metrics share: a metric by its YAML, and what it gives for a split however that is cut.

#pragma once

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "base/error.h"
#include "metrics/metric.h"
#include "spec/read.h"

namespace dlrun {

struct MetricHolder final : Params {
  Choice<Metric> metric;
  std::vector<Field> fields() override { return {field("metric", metric, "Under test.")}; }
  explicit MetricHolder(const std::string& yaml) { read_text("metric: " + yaml + "\n", "test.yaml", {}, *this); }
};

// The numbers of a split; they are the same when it comes in batches of 1, 2 and the rest.
inline Results results_of(const std::string& yaml, const at::Tensor& prediction, const at::Tensor& target) {
  const MetricHolder holder(yaml);
  const auto measure = [&](int64_t first, int64_t count) {
    return holder.metric->measure({{"output", prediction.narrow(0, first, count)}},
                                  {{"target", target.narrow(0, first, count)}});
  };
  const int64_t rows = prediction.size(0);
  const Results whole = holder.metric->values(measure(0, rows));
  std::vector<at::Tensor> joined;
  for (int64_t first = 0, count = 1; first < rows; first += count, count = first == 1 ? 2 : rows - first)
    join(holder.metric->merge(), joined, measure(first, std::min(count, rows - first)));
  const Results parts = holder.metric->values(joined);
  REQUIRE(parts.size() == whole.size());
  REQUIRE(whole.size() == holder.metric->names().size());
  for (size_t i = 0; i < whole.size(); ++i) {
    CHECK(whole[i].first == holder.metric->names()[i]);
    if (!std::isnan(whole[i].second)) CHECK(parts[i].second == Approx(whole[i].second));
  }
  return whole;
}

inline double value_of(const std::string& yaml, const at::Tensor& prediction, const at::Tensor& target) {
  return results_of(yaml, prediction, target).at(0).second;
}

}  // namespace dlrun
