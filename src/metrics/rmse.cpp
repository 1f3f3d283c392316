// Root of the mean squared error, in the target's own units.

#include <ATen/ATen.h>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RootMeanSquaredError final : PairMetric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"rmse"}; }

  // prediction and target of one shape, float.
  at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const override {
    const at::Tensor error = prediction.to(at::kDouble) - target.to(at::kDouble);
    return at::stack({error.square().sum(), at::scalar_tensor(static_cast<double>(error.numel()), error.options())});
  }

  double value(const at::Tensor& sums) const override {
    return std::sqrt(sums[0].item<double>() / sums[1].item<double>());
  }
  bool higher_is_better(std::string_view) const override { return false; }
  std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const override {
    const bool numbers = at::isFloatingType(prediction.scalar_type()) && at::isFloatingType(target.scalar_type());
    return numbers && prediction.sizes() == target.sizes() ? "" : "compares numbers of one shape";
  }
};

const Registered<Metric, RootMeanSquaredError> rmse_entry{"rmse",
                                                          "Root of the mean squared error, in units of the target."};

}  // namespace
}  // namespace dlrun
