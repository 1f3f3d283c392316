// The interface of losses: what the network said against what was true, as one differentiable number.

#pragma once

#include <ATen/ATen.h>

#include "spec/field.h"

namespace dlrun {

struct Loss : Params {
  static constexpr const char* kind = "loss";
  // The mean over the batch, a scalar in the prediction's dtype; 0 where nothing in it counts. Shapes: see each loss.
  virtual at::Tensor forward(const at::Tensor& prediction, const at::Tensor& target) const = 0;
  // What that mean is over: the sum of the targets' weights. Means of several batches, weighted by it, are the mean of
  // all of them. Where all targets count alike: their number.
  virtual double weight(const at::Tensor& target) const { return static_cast<double>(target.numel()); }
  // How many numbers the network must give for this many classes.
  virtual int64_t outputs(int64_t classes) const { return classes; }
};

}  // namespace dlrun
