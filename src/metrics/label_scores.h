// Metrics that rank samples by the score of a label, where a sample has any number of labels: each label by itself, and
// what they become together. (scikit-learn's `average`)

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "metrics/metric.h"

namespace dlrun {

struct LabelAverage {
  std::string average = "macro";

  Field own_field();
  // "roc_auc", "roc_auc_micro", or of each label by itself "roc_auc_<label>".
  std::vector<std::string> names(const std::string& metric, const std::vector<std::string>& labels) const;
  // Why an answer without labels has no such average; "" for macro.
  std::string misfit_without_labels() const;

  // Whether an answer is of labels, and what is kept of it then: scores [N, L] and which are true [N, L], float64. What
  // is kept of others is one tensor, so that two say it.
  static bool of_labels(const Batch& answer) { return answer.has("labels"); }
  static std::vector<at::Tensor> kept(const Batch& answer, const Batch& truth);
  static bool of_labels(const std::vector<at::Tensor>& joined) { return joined.size() == 2; }

  // `of` gives the number of score [n] float64 and positive [n] bool, on the CPU. Weighted is by how often a label is
  // true.
  using OfOne = std::function<double(const at::Tensor& score, const at::Tensor& positive)>;
  Results values(const std::vector<at::Tensor>& joined, const std::vector<std::string>& names, const OfOne& of) const;
};

}  // namespace dlrun
