// A range of numbers as augmentations of pictures take it: torchvision's single number, or its two limits.

#pragma once

#include <span>
#include <vector>

#include "base/random.h"

namespace dlrun {

struct NumberRange {
  double low = 0.0, high = 0.0;
  double draw(Random& random) const { return random.uniform(low, high); }
};

// [spread] -> middle - spread to middle + spread, not below `least`; [low, high] -> these; [] -> the middle alone.
inline NumberRange range_of(std::span<const double> values, double middle, double least) {
  if (values.empty()) return {middle, middle};
  if (values.size() > 1) return {values[0], values[1]};
  return {middle - values[0] < least ? least : middle - values[0], middle + values[0]};
}

}  // namespace dlrun
