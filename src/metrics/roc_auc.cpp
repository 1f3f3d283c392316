// Area under the receiver operating characteristic. (Hanley & McNeil 1982; sklearn.metrics.roc_auc_score)

#include <ATen/ATen.h>

#include <limits>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RocAuc final : Metric {
  std::vector<Field> fields() override { return {}; }

  Merge merge() const override { return Merge::append; }
  std::vector<std::string> names() const override { return {"roc_auc"}; }
  bool higher_is_better(std::string_view) const override { return true; }

  // output [N, 1] or [N, 2] logits, target [N] int64 of two classes -> [N, 2]: a score that rises with the second
  // class, and the class.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    const at::Tensor scores = answer["output"].to(at::kDouble);
    const at::Tensor score = scores.size(1) == 1 ? scores.squeeze(1) : scores.select(1, 1) - scores.select(1, 0);
    return {at::stack({score, truth["target"].reshape({-1}).to(at::kDouble)}, 1)};
  }

  // The chance that a sample of the second class scores above one of the first; equal scores count one half. From ranks
  // (Mann-Whitney), where equal scores share the mean of their places.
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor rows = joined.front().cpu();
    const auto [score, order] = rows.select(1, 0).sort(/*stable=*/true, 0, false);
    const at::Tensor positive = rows.select(1, 1).index_select(0, order).gt(0.5);
    const double positives = positive.sum().item<double>(), negatives = static_cast<double>(rows.size(0)) - positives;
    if (positives == 0 || negatives == 0) return {{"roc_auc", std::numeric_limits<double>::quiet_NaN()}};
    const auto [values, groups, counts] =
        at::unique_consecutive(score, /*return_inverse=*/true, /*return_counts=*/true);
    const at::Tensor ends = counts.to(at::kDouble).cumsum(0);
    const at::Tensor rank = (ends - (counts.to(at::kDouble) - 1) / 2).index_select(0, groups);
    const double sum = rank.masked_select(positive).sum().item<double>();
    return {{"roc_auc", (sum - positives * (positives + 1) / 2) / (positives * negatives)}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    const at::Tensor &prediction = answer["output"], &target = truth["target"];
    const bool scores =
        prediction.dim() == 2 && prediction.size(1) <= 2 && at::isFloatingType(prediction.scalar_type());
    const bool classes = at::isIntegralType(target.scalar_type(), false) && target.numel() == prediction.size(0);
    return scores && classes ? "" : "ranks the scores of two classes against one class index for each";
  }
};

const Registered<Metric, RocAuc> roc_auc_entry{"roc_auc",
                                               "Area under the receiver operating characteristic of two classes."};

}  // namespace
}  // namespace dlrun
