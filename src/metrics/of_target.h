// A metric of one of several targets.

#pragma once

#include <string>
#include <vector>

#include "metrics/metric.h"

namespace dlrun {

// Measures "<target>.output" and what else the answer has behind that prefix against "<target>.target"; of rows that
// "<target>.known" [N] bool says are not known nothing. Its numbers are called "<target>.<name>".
struct OfTarget final : Metric {
  std::string target;
  Choice<Metric> metric;

  std::vector<Field> fields() override;
  Merge merge() const override { return metric->merge(); }
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override;
  Results values(const std::vector<at::Tensor>& joined) const override;
  std::vector<std::string> names() const override;
  bool higher_is_better(std::string_view name) const override;
  std::string misfit(const Batch& answer, const Batch& truth) const override;
  std::vector<ResultTable> tables(const std::vector<at::Tensor>& joined) const override;
  bool can_be_redrawn() const override { return metric->can_be_redrawn(); }

  // What know_classes() and know_chances() say to others: those of its own target.
  void know_target(const std::vector<std::string>& names, Chances chances);
};

// A metric of that type with its defaults, of that target.
AnyChoice metric_of_target(const std::string& target, const std::string& type);

}  // namespace dlrun
