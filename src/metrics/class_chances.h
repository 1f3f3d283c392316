// Probabilities of classes as metrics compare them.

#pragma once

#include <ATen/ATen.h>

#include "metrics/metric.h"

namespace dlrun {

// scores [n, classes], or one logit [n, 1] of two classes -> logarithms of probabilities that add up to 1 [n, classes
// or 2], float64. Those of a sigmoid each are divided by their sum, as scikit-learn's OneVsRestClassifier does.
at::Tensor log_chances(const at::Tensor& scores, Chances chances);

// A metric of probabilities that gives one number from sums.
struct ChanceMetric : PairMetric {
  void know_chances(Chances chances) final { chances_ = chances; }
  at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const final;
  std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const final;
  bool higher_is_better(std::string_view) const override { return false; }

  // log_chances [n, classes] float64, classes [n] int64, counts [n] float64: 0 where a sample does not -> float64 [k]
  virtual at::Tensor sums_of(const at::Tensor& log_chances, const at::Tensor& classes,
                             const at::Tensor& counts) const = 0;

 private:
  Chances chances_ = Chances::softmax;
};

}  // namespace dlrun
