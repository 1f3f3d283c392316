// What metrics measured, sample by sample: for intervals and for groups of samples.

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "metrics/metric.h"
#include "tasks/task.h"

namespace dlrun {

// An interval of a number, as its samples could have been others.
struct Interval {
  double low = 0.0, high = 0.0;
};

// The percentile interval of these numbers that holds 95 of 100 of them, between two of them in proportion, as numpy
// has it. Those that are NaN do not count; NaN where none does.
Interval percentile_interval(std::vector<double> values);

// By their places the first metric that gives a number, of several targets that of each; none where no metric does.
std::vector<size_t> headline_metrics(const ChoiceList<Metric>& metrics);

class SampleMeasures {
 public:
  // Of the metrics `which`, by their places; `metrics` must outlive it.
  SampleMeasures(const ChoiceList<Metric>& metrics, std::vector<size_t> which);

  // Measures each sample of the outcome by itself; rows that are no samples (an episode's queries) count as such.
  void add(const Outcome& outcome);

  int64_t size() const { return size_; }
  // Of each measured sample in its split; empty where the rows are not those of a split.
  const std::vector<int64_t>& ids() const { return ids_; }

  // The numbers of one metric over some of them; one may come several times.
  Results of(size_t metric, const std::vector<int64_t>& samples) const;

  // The first number of a metric over each of `times` draws with replacement from `samples`, as many as those; NaN
  // where a draw gives none. Which places of `samples` are drawn is a pure function of `seed` and of how many there
  // are: of two lists of one length the draws are pairs.
  std::vector<double> redrawn(size_t metric, const std::vector<int64_t>& samples, int64_t times, uint64_t seed) const;

  // The percentile interval of the first number of a metric that holds 95 of 100 of `times` draws of all samples with
  // replacement (Efron 1979), a pure function of `seed`. NaN where no draw gives a number.
  Interval interval(size_t metric, int64_t times, uint64_t seed) const;

 private:
  const ChoiceList<Metric>& metrics_;
  std::vector<size_t> which_;
  std::vector<std::vector<std::vector<at::Tensor>>> kept_;  // by place of the metric, sample and tensor
  std::vector<int64_t> ids_;
  int64_t size_ = 0;
};

}  // namespace dlrun
