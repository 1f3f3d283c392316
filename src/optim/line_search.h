// A step length along a direction by the strong Wolfe conditions. (Nocedal & Wright 2006, algorithms 3.5 and 3.6; steps
// between two points as torch.optim.LBFGS makes them)

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <optional>
#include <vector>

namespace dlrun {

// What was found at `t` times the direction.
struct Trial {
  double t = 0.0;
  double loss = 0.0;
  double slope = 0.0;  // of the loss along the direction
  std::vector<at::Tensor> gradients;
};

// From `start` (t = 0, falling), with `t` as a first guess. `try_at` looks at the loss somewhere, at most 26 times; the
// interval is small enough when the largest number of the direction times its length is below `tolerance`. Nothing
// where `try_at` gave nothing.
std::optional<Trial> strong_wolfe(const Trial& start, double t, double largest, double tolerance,
                                  const std::function<std::optional<Trial>(double)>& try_at);

}  // namespace dlrun
