// The interface of metrics: sums over a whole split, and the number they give.

#pragma once

#include <ATen/ATen.h>

#include <string>

#include "spec/field.h"

namespace dlrun {

struct Metric : Params {
  static constexpr const char* kind = "metric";
  // Sums of one batch, float64 [k]. Sums of batches (and of devices) add up.
  virtual at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const = 0;
  // The metric of added sums.
  virtual double value(const at::Tensor& sums) const = 0;
  virtual bool higher_is_better() const = 0;
};

}  // namespace dlrun
