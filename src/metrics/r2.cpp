// R2: the share of the targets' variance that predictions explain. (sklearn.metrics.r2_score)

#include <ATen/ATen.h>

#include <limits>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct R2 final : Metric {
  std::vector<Field> fields() override { return {}; }

  // Rows: sums of squares of large targets (seconds since 1970) would leave no digit of their variance.
  Merge merge() const override { return Merge::append; }
  std::vector<std::string> names() const override { return {"r2"}; }
  bool higher_is_better(std::string_view) const override { return true; }

  // output and target of one shape [N, ...] float -> [N, 2, numbers of a sample]: prediction, target.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    const at::Tensor &prediction = answer["output"], &target = truth["target"];
    const auto rows = [&](const at::Tensor& values) { return values.to(at::kDouble).reshape({values.size(0), -1}); };
    return {at::stack({rows(prediction), rows(target)}, 1)};
  }

  // The mean over the numbers of a sample. Targets that are all the same: 1 where they are met, 0 where not; of one
  // sample there is no variance.
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor rows = joined.front().cpu(), prediction = rows.select(1, 0), target = rows.select(1, 1);
    if (rows.size(0) < 2) return {{"r2", std::numeric_limits<double>::quiet_NaN()}};
    const at::Tensor missed = (prediction - target).square().sum(0);
    const at::Tensor spread = (target - target.mean(0)).square().sum(0);
    const at::Tensor flat = at::where(missed.eq(0), 1.0, 0.0).to(at::kDouble);
    const at::Tensor each = at::where(spread.gt(0), 1 - missed / spread, flat);
    return {{"r2", each.mean().item<double>()}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    const at::Tensor &prediction = answer["output"], &target = truth["target"];
    const bool numbers = at::isFloatingType(prediction.scalar_type()) && at::isFloatingType(target.scalar_type());
    return numbers && prediction.sizes() == target.sizes() ? "" : "compares numbers of one shape";
  }
};

const Registered<Metric, R2> entry{"r2", "Share of the targets' variance that predictions explain."};

}  // namespace
}  // namespace dlrun
