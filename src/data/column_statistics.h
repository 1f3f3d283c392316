// Numbers that are learned from a column.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dlrun {

// Linear interpolation between the nearest ranks, as numpy.percentile. `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double share);
double mean_of(const std::vector<double>& values);

// {offset, scale} of a scaling (standard, minmax, robust, none), as scikit-learn's StandardScaler, MinMaxScaler and
// RobustScaler: constants keep scale 1.
std::pair<double, double> scale_of(const std::string& scaling, std::vector<double> values);

// The most frequent value, the smallest of equals.
template <class Value>
Value most_frequent(const std::map<Value, int64_t>& counts) {
  auto best = counts.begin();
  for (auto i = counts.begin(); i != counts.end(); ++i)
    if (i->second > best->second) best = i;
  return best->first;
}

}  // namespace dlrun
