// The interface of metrics: what is kept of each batch, how that joins, and the numbers it gives.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/field.h"
#include "tensor/batch.h"
#include "tensor/chances.h"

namespace dlrun {

// Names without a prefix ("loss", "accuracy") in the order they are shown.
using Results = std::vector<std::pair<std::string, double>>;

// Numbers of a metric that are more than a few: a row and a column for each of two things that are counted.
struct ResultTable {
  std::string name;                        // "confusion_matrix"
  std::string row_title, column_title;     // "true", "predicted"
  std::vector<std::string> rows, columns;  // what each is called
  std::vector<double> cells;               // row by row
};

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
  // Names of its numbers: what is recorded ("val/" before it) and can be monitored. The first is the main one; none
  // where it gives tables alone.
  virtual std::vector<std::string> names() const = 0;
  virtual bool higher_is_better(std::string_view name) const = 0;
  // Why measure() has no meaning for these ("compares numbers of one shape"); "" when it has. Reads no values. May
  // throw NoSuchTensor where it needs what they lack.
  virtual std::string misfit(const Batch& answer, const Batch& truth) const = 0;
  // What `eval` shows and draws beside the numbers.
  virtual std::vector<ResultTable> tables(const std::vector<at::Tensor>& joined) const { return {}; }
  // What scores mean, once they are known.
  virtual void know_chances(Chances chances) {}
  // false: a sample drawn twice would change what the others are worth, so that an interval by drawing says nothing.
  virtual bool can_be_redrawn() const { return true; }
};

// The metric's misfit(), and a sentence for a tensor that it needs and they lack: what to ask before measure().
std::string misfit_of(const Metric& metric, const Batch& answer, const Batch& truth);

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

// One class index below `classes` for each of several scores [..., classes], or for one logit [..., 1] of two classes:
// what metrics of classes measure. "" or why not.
std::string misfit_of_classes(const at::Tensor& prediction, const at::Tensor& target);

// The same as rows: scores [n, classes or 1], classes [n] int64, and which of them count [n] bool: those below 0 do
// not, and are 0 here.
struct ScoredClasses {
  at::Tensor scores, classes, counts;
};
ScoredClasses scored_classes(const at::Tensor& prediction, const at::Tensor& target);

// `joined` and what another batch gave, as one; `joined` may be empty.
void join(Metric::Merge merge, std::vector<at::Tensor>& joined, const std::vector<at::Tensor>& more);

// Throws UserError(bad_recipe) where two of the recipe's metrics give a number of the same name.
void require_distinct_names(const ChoiceList<Metric>& metrics);

// Throws UserError(bad_recipe) for the first of the recipe's metrics that does not suit what the task gives, with the
// names of those that do.
void require_suitable(const ChoiceList<Metric>& metrics, const Batch& answer, const Batch& truth);

}  // namespace dlrun
