// The cases of golden/metrics/cases.py and golden/metrics/number_cases.py.

#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden.h"
#include "metrics/support.h"

namespace dlrun {

inline at::Tensor matrix(const nlohmann::json& rows) {
  std::vector<double> numbers;
  for (const auto& row : rows)
    for (const auto& value : row) numbers.push_back(value.get<double>());
  return at::tensor(numbers, at::kDouble).reshape({static_cast<int64_t>(rows.size()), -1});
}

inline at::Tensor indices(const nlohmann::json& list) {
  return at::tensor(list.get<std::vector<int64_t>>(), at::kLong);
}

// Calls `check` with scores, classes and the whole case of every case of a metric of classes.
inline void each_case(const std::string& stem,
                      const std::function<void(const at::Tensor&, const at::Tensor&, const nlohmann::json&)>& check) {
  const nlohmann::json golden = read_golden("metrics/" + stem);
  for (const auto& [name, one] : golden.items()) {
    INFO(name);
    check(matrix(one["scores"]), indices(one["labels"]), one);
  }
}

// NaN, which JSON lacks and Python writes, is null.
inline void check_number(double value, const nlohmann::json& expected) {
  if (expected.is_null())
    CHECK(std::isnan(value));
  else
    CHECK(value == Approx(expected.get<double>()).epsilon(1e-9).margin(1e-12));
}

// A metric of numbers that gives one, over all cases.
inline void check_numbers(const std::string& stem) {
  const nlohmann::json golden = read_golden("metrics/" + stem);
  for (const auto& [name, one] : golden.items()) {
    INFO(name);
    check_number(value_of(stem, matrix(one["prediction"]), matrix(one["target"])), one["value"]);
  }
}

// A metric of classes that gives one, over all cases.
inline void check_classes(const std::string& stem) {
  each_case(stem, [&](const at::Tensor& scores, const at::Tensor& classes, const nlohmann::json& expected) {
    check_number(value_of(stem, scores, classes), expected["value"]);
  });
}

// An averaged metric with every average, against scikit-learn's.
inline void check_averages(const std::string& stem) {
  each_case(stem, [&](const at::Tensor& scores, const at::Tensor& classes, const nlohmann::json& expected) {
    for (const char* average : {"macro", "weighted", "micro", "binary"}) {
      if (!expected.contains(average)) continue;
      INFO(average);
      check_number(value_of("{type: " + stem + ", average: " + average + "}", scores, classes), expected[average]);
    }
    const MetricHolder each("{type: " + stem + ", average: none}");
    std::vector<std::string> names;
    for (int64_t c = 0; c < scores.size(1); ++c) names.push_back("c" + std::to_string(c));
    each.metric->know_classes(names);
    const Results results = each.metric->values(each.metric->measure({{"output", scores}}, {{"target", classes}}));
    REQUIRE(results.size() == names.size());
    const at::Tensor chosen = scores.argmax(1);
    for (size_t c = 0; c < names.size(); ++c) {
      CHECK(results[c].first == stem + "_" + names[c]);
      const int64_t index = static_cast<int64_t>(c);
      const bool occurs = chosen.eq(index).any().item<bool>() || classes.eq(index).any().item<bool>();
      // scikit-learn has 0 for what neither is there nor was given.
      if (occurs)
        check_number(results[c].second, expected["none"][c]);
      else
        CHECK(std::isnan(results[c].second));
    }
  });
}

}  // namespace dlrun
