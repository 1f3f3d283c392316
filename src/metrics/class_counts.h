// Classes, or labels, as they were predicted against those that are true, counted: what precision, recall and their kin
// are made of.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "metrics/metric.h"

namespace dlrun {

// scores [n, classes], or one logit [n, 1] of two classes -> the class that is given to each [n] int64.
at::Tensor chosen_classes(const at::Tensor& scores);

// output [..., classes] or [..., 1], target [...] int64 (below 0: does not count) -> how often a class was given where
// another is true, [true classes, given classes] float64.
at::Tensor confusion(const at::Tensor& prediction, const at::Tensor& target);

// How often a class was rightly given, given, and true.
struct ClassCounts {
  double right = 0.0, given = 0.0, is_true = 0.0;
  bool occurs() const { return given > 0 || is_true > 0; }
};

// A number for each class, and what it becomes over all of them. (scikit-learn's `average`) Where a sample may have any
// number of labels, `answer` says by "labels" bool [N, L] which it was given, `target` [N, L] from 0.5 on which are
// true, and each label is a class: one that is nowhere counts as 0 in a mean, as scikit-learn has it for labels.
struct AveragedMetric : Metric {
  std::string average = "macro";

  std::vector<Field> fields() override;
  void know_classes(const std::vector<std::string>& names) final { classes_ = names; }
  std::vector<std::string> names() const final;
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const final;
  Results values(const std::vector<at::Tensor>& joined) const final;
  bool higher_is_better(std::string_view) const final { return true; }
  std::string misfit(const Batch& answer, const Batch& truth) const final;

  virtual std::string name() const = 0;
  // Of a class that occurs, or of the sums over all; 0 where there is nothing to divide by, as scikit-learn has it.
  virtual double of(const ClassCounts& counts) const = 0;

 private:
  std::vector<std::string> classes_;
};

}  // namespace dlrun
