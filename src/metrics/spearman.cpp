// Spearman's correlation: whether predictions rise with their targets. (Spearman 1904; scipy.stats.spearmanr)

#include <ATen/ATen.h>

#include "metrics/number_rows.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// values [n] float64 -> their places in order; equal ones share the mean of theirs.
at::Tensor ranks(const at::Tensor& values) {
  const auto [sorted, order] = values.sort(/*stable=*/true, 0, false);
  const auto [distinct, groups, counts] =
      at::unique_consecutive(sorted, /*return_inverse=*/true, /*return_counts=*/true);
  const at::Tensor ends = counts.to(at::kDouble).cumsum(0);
  const at::Tensor shared = (ends - (counts.to(at::kDouble) - 1) / 2).index_select(0, groups);
  return at::empty_like(values).scatter(0, order, shared);
}

struct Spearman final : NumberRowsMetric {
  std::vector<Field> fields() override { return {}; }

  std::vector<std::string> names() const override { return {"spearman"}; }
  bool higher_is_better(std::string_view) const override { return true; }

  // The mean over the numbers of a sample; NaN where all of one are the same.
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor rows = joined.front().cpu();
    double sum = 0.0;
    for (int64_t k = 0; k < rows.size(2); ++k) {
      const auto centred = [&](int64_t which) {
        const at::Tensor places = ranks(rows.select(2, k).select(1, which).contiguous());
        return places - places.mean();
      };
      const at::Tensor given = centred(0), is_true = centred(1);
      sum += (given.dot(is_true) / (given.dot(given).sqrt() * is_true.dot(is_true).sqrt())).item<double>();
    }
    return {{"spearman", sum / static_cast<double>(rows.size(2))}};
  }
};

const Registered<Metric, Spearman> spearman_entry{"spearman",
                                                  "Whether predictions rise with their targets: a rank correlation."};

}  // namespace
}  // namespace dlrun
