// R2: the share of the targets' variance that predictions explain. (sklearn.metrics.r2_score)

#include <ATen/ATen.h>

#include <limits>

#include "metrics/number_rows.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct R2 final : NumberRowsMetric {
  std::vector<Field> fields() override { return {}; }

  std::vector<std::string> names() const override { return {"r2"}; }
  bool higher_is_better(std::string_view) const override { return true; }

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
};

const Registered<Metric, R2> r2_entry{"r2", "Share of the targets' variance that predictions explain."};

}  // namespace
}  // namespace dlrun
