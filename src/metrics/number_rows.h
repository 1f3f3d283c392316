// What metrics share that need every prediction of numbers beside its target.

#pragma once

#include "metrics/metric.h"

namespace dlrun {

// Keeps output and target of one shape [N, ...] float as rows [N, 2, numbers of a sample] float64: prediction, target.
// Sums of squares would not do: of large targets (seconds since 1970) they leave no digit of the variance.
struct NumberRowsMetric : Metric {
  Merge merge() const final { return Merge::append; }
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const final;
  std::string misfit(const Batch& answer, const Batch& truth) const final;
};

}  // namespace dlrun
