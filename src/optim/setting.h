// What a schedule says about one update.

#pragma once

#include <optional>

namespace dlrun {

struct Setting {
  double lr = 0.0;
  std::optional<double> momentum;  // stands for the optimizer's own momentum, or its beta1; none: the optimizer's own
};

}  // namespace dlrun
