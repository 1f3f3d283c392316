// The interface of metrics: what is kept of each batch, how that joins, and the numbers it gives.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/field.h"
#include "tensor/batch.h"

namespace dlrun {

// Names without a prefix ("loss", "accuracy") in the order they are shown.
using Results = std::vector<std::pair<std::string, double>>;

struct Metric : Params {
  static constexpr const char* kind = "metric";
  // How what was kept of several batches (and of several processes) becomes one.
  enum class Merge {
    add,     // sums: they add up
    append,  // rows: one after the other. Measured on held-out data alone; a training would have to keep every row.
  };
  virtual Merge merge() const { return Merge::add; }
  // The names of the classes, by index, once they are known: before anything is measured.
  virtual void know_classes(const std::vector<std::string>& names) {}
  // What is kept of one batch, on its device: float64, always as many tensors; with append the first dimension is rows.
  virtual std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const = 0;
  // The numbers of what was joined, under names(); NaN where they are not defined (no sample of a class).
  virtual Results values(const std::vector<at::Tensor>& joined) const = 0;
  // Names of its numbers: what is recorded ("val/" before it) and can be monitored. The first is the main one.
  virtual std::vector<std::string> names() const = 0;
  virtual bool higher_is_better(std::string_view name) const = 0;
  // Why measure() has no meaning for these ("compares numbers of one shape"); "" when it has. Reads no values.
  virtual std::string misfit(const Batch& answer, const Batch& truth) const = 0;
};

// A metric of one prediction and one target that gives one number from sums.
struct PairMetric : Metric {
  // float64 [k]
  virtual at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const = 0;
  virtual double value(const at::Tensor& sums) const = 0;  // `sums` on the CPU
  virtual std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const = 0;

  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const final;
  Results values(const std::vector<at::Tensor>& joined) const final;
  std::string misfit(const Batch& answer, const Batch& truth) const final;
};

// `joined` and what another batch gave, as one; `joined` may be empty.
void join(Metric::Merge merge, std::vector<at::Tensor>& joined, const std::vector<at::Tensor>& more);

// Throws UserError(bad_recipe) where two of the recipe's metrics give a number of the same name.
void require_distinct_names(const ChoiceList<Metric>& metrics);

// Throws UserError(bad_recipe) for the first of the recipe's metrics that does not suit what the task gives, with the
// names of those that do.
void require_suitable(const ChoiceList<Metric>& metrics, const Batch& answer, const Batch& truth);

}  // namespace dlrun
