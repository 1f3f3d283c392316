// Numbers that are learned from a column.

#include "data/column_statistics.h"

#include <algorithm>
#include <cmath>

namespace dlrun {

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(place), above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::pair<double, double> scale_of(const std::string& scaling, std::vector<double> values) {
  double offset = 0.0, scale = 1.0;
  std::sort(values.begin(), values.end());
  if (scaling == "standard") {
    offset = mean_of(values);
    double square = 0.0;
    for (double value : values) square += (value - offset) * (value - offset);
    scale = std::sqrt(square / static_cast<double>(values.size()));
  } else if (scaling == "minmax") {
    offset = values.front();
    scale = values.back() - values.front();
  } else if (scaling == "robust") {
    offset = quantile(values, 0.5);
    scale = quantile(values, 0.75) - quantile(values, 0.25);
  }
  // A constant's deviation is rounding noise, not 0.
  const bool constant = values.front() == values.back() || scale == 0.0;
  return {offset, constant ? 1.0 : scale};
}

}  // namespace dlrun
