// Densities from samples: of numbers in an interval, and of choices.

#pragma once

#include <vector>

#include "base/random.h"

namespace dlrun {

// An even mixture of normal distributions cut off at the ends of an interval: one at each sample, as wide as the way to
// its farther neighbour (at either end to its only one), and one in the middle as wide as the interval. Widths are at
// least the interval divided by the number of components and one, by 100 at most (Optuna's univariate TPESampler).
class IntervalDensity {
 public:
  IntervalDensity(std::vector<double> samples, double low, double high);
  double draw(Random& random) const;
  double log_density(double value) const;

 private:
  struct Component {
    double center, width, log_mass;  // of what lies inside the interval
  };
  double low_, high_;
  std::vector<Component> components_;
};

// The share of each choice among samples, with one more sample that is every choice alike; each sample gives the others
// a part of itself: 1 / components.
class ChoiceDensity {
 public:
  ChoiceDensity(const std::vector<size_t>& samples, size_t choices);
  size_t draw(Random& random) const;
  double log_density(size_t choice) const;

 private:
  std::vector<double> shares_;
};

}  // namespace dlrun
