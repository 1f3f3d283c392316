// Matthews' correlation between the classes that were given and those that are true. (Gorodkin 2004 for more than two;
// sklearn.metrics.matthews_corrcoef)

#include <ATen/ATen.h>

#include <cmath>

#include "metrics/class_counts.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Matthews final : PairMetric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"matthews"}; }
  bool higher_is_better(std::string_view) const override { return true; }

  at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const override {
    return confusion(prediction, target);
  }

  // 0 where only one class was given, or is there.
  double value(const at::Tensor& cells) const override {
    const at::Tensor is_true = cells.sum(1), given = cells.sum(0);
    const double all = cells.sum().item<double>(), right = cells.diagonal().sum().item<double>();
    const double together = right * all - is_true.dot(given).item<double>();
    const double spread_true = all * all - is_true.dot(is_true).item<double>();
    const double spread_given = all * all - given.dot(given).item<double>();
    if (spread_true == 0 || spread_given == 0) return 0.0;
    return together / (std::sqrt(spread_true) * std::sqrt(spread_given));
  }

  std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const override {
    return misfit_of_classes(prediction, target);
  }
};

const Registered<Metric, Matthews> matthews_entry{"matthews",
                                                  "Correlation between the classes given and those that are true."};

}  // namespace
}  // namespace dlrun
