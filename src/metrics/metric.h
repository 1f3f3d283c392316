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
  // Why sums() has no meaning for such tensors ("compares numbers of one shape"); "" when it has. Reads no values.
  virtual std::string misfit(const at::Tensor& prediction, const at::Tensor& target) const = 0;
};

// Throws UserError(bad_recipe) for the first of the recipe's metrics that does not suit what the task gives, with the
// names of those that do.
void require_suitable(const ChoiceList<Metric>& metrics, const at::Tensor& prediction, const at::Tensor& target);

}  // namespace dlrun
