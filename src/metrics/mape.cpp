// Mean absolute percentage error, as a fraction: 0.1 is ten percent. (sklearn.metrics.mean_absolute_percentage_error)

#include <ATen/ATen.h>

#include <limits>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MeanAbsolutePercentageError final : PairMetric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"mape"}; }

  // prediction and target of one shape, float. Targets of 0 count as the smallest difference from 1, as there.
  at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const override {
    const at::Tensor truth = target.to(at::kDouble);
    const at::Tensor size = truth.abs().clamp_min(std::numeric_limits<double>::epsilon());
    const at::Tensor error = (prediction.to(at::kDouble) - truth) / size;
    return at::stack({error.abs().sum(), at::scalar_tensor(static_cast<double>(error.numel()), error.options())});
  }

  double value(const at::Tensor& sums) const override { return sums[0].item<double>() / sums[1].item<double>(); }
  bool higher_is_better(std::string_view) const override { return false; }
  std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const override {
    const bool numbers = at::isFloatingType(prediction.scalar_type()) && at::isFloatingType(target.scalar_type());
    return numbers && prediction.sizes() == target.sizes() ? "" : "compares numbers of one shape";
  }
};

const Registered<Metric, MeanAbsolutePercentageError> mape_entry{
    "mape", "Mean of absolute errors divided by their targets, as a fraction."};

}  // namespace
}  // namespace dlrun
