// Whether one network is better than another on the same samples: a paired bootstrap.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/sample_measures.h"

namespace dlrun {

struct PairedDifference {
  double first = 0.0, second = 0.0;  // the number of each over all samples
  double difference = 0.0;           // second - first
  Interval interval;                 // of the difference, 95 %
  double second_better = 0.0;        // in how many of the draws, from 0 to 1; a draw without a difference counts half
  bool more_than_noise = false;      // the interval does not hold 0
};

// Of draws that are pairs (SampleMeasures::redrawn); a pair where one is NaN does not count. All NaN and no difference
// where no pair counts. (Efron & Tibshirani 1993, ch. 16)
PairedDifference paired_difference(double first, double second, const std::vector<double>& first_draws,
                                   const std::vector<double>& second_draws, bool higher_is_better);

// The places of equal names in both lists, in the order of the first. Names that a list has twice are left out. Where
// no name is in both, what all names of a list begin with does not count: the same file in another folder.
struct Pairs {
  std::vector<int64_t> first, second;
  std::string first_beginning, second_beginning;  // that did not count; empty otherwise
};
Pairs pair_by_name(const std::vector<std::string>& first, const std::vector<std::string>& second);

}  // namespace dlrun
