// Losses that teach several quantiles of each target at once.

#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace dlrun {

struct GivesQuantiles {
  virtual ~GivesQuantiles() = default;
  // Which shares of the targets lie below what is predicted, rising, each above 0 and below 1.
  virtual std::vector<double> shares() const = 0;
  // What the network gave for one of them: output [..., shares K] -> [..., K].
  virtual at::Tensor of_share(const at::Tensor& output, size_t index) const = 0;
};

}  // namespace dlrun
