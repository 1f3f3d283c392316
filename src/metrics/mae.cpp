// Mean absolute error, in the target's own units.

#include <ATen/ATen.h>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MeanAbsoluteError final : PairMetric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"mae"}; }

  // prediction and target of one shape, float.
  at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const override {
    const at::Tensor error = prediction.to(at::kDouble) - target.to(at::kDouble);
    return at::stack({error.abs().sum(), at::scalar_tensor(static_cast<double>(error.numel()), error.options())});
  }

  double value(const at::Tensor& sums) const override { return sums[0].item<double>() / sums[1].item<double>(); }
  bool higher_is_better(std::string_view) const override { return false; }
  std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const override {
    const bool numbers = at::isFloatingType(prediction.scalar_type()) && at::isFloatingType(target.scalar_type());
    return numbers && prediction.sizes() == target.sizes() ? "" : "compares numbers of one shape";
  }
};

const Registered<Metric, MeanAbsoluteError> mae_entry{"mae", "Mean absolute error, in units of the target."};

}  // namespace
}  // namespace dlrun
