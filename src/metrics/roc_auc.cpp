// Area under the receiver operating characteristic. (Hanley & McNeil 1982; sklearn.metrics.roc_auc_score)

#include <ATen/ATen.h>

#include <limits>

#include "metrics/label_scores.h"
#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The chance that a positive sample scores above another; equal scores count one half. From ranks (Mann-Whitney), where
// equal scores share the mean of their places. score [n] float64, positive [n] bool -> NaN where one of the two is
// missing.
double area_of(const at::Tensor& scores, const at::Tensor& positives_of) {
  const auto [score, order] = scores.sort(/*stable=*/true, 0, false);
  const at::Tensor positive = positives_of.index_select(0, order);
  const double positives = positive.sum().item<double>(), negatives = static_cast<double>(score.numel()) - positives;
  if (positives == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto [values, groups, counts] = at::unique_consecutive(score, /*return_inverse=*/true, /*return_counts=*/true);
  const at::Tensor ends = counts.to(at::kDouble).cumsum(0);
  const at::Tensor rank = (ends - (counts.to(at::kDouble) - 1) / 2).index_select(0, groups);
  const double sum = rank.masked_select(positive).sum().item<double>();
  return (sum - positives * (positives + 1) / 2) / (positives * negatives);
}

struct RocAuc final : Metric {
  LabelAverage of_labels;

  std::vector<Field> fields() override { return {of_labels.own_field()}; }

  Merge merge() const override { return Merge::append; }
  void know_classes(const std::vector<std::string>& names) override { labels_ = names; }
  std::vector<std::string> names() const override { return of_labels.names("roc_auc", labels_); }
  bool higher_is_better(std::string_view) const override { return true; }

  // output [N, 1] or [N, 2] logits, target [N] int64 of two classes -> [N, 2]: a score that rises with the second
  // class, and the class. Of labels their scores and which are true.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    if (LabelAverage::of_labels(answer)) return LabelAverage::kept(answer, truth);
    const at::Tensor scores = answer["output"].to(at::kDouble);
    const at::Tensor score = scores.size(1) == 1 ? scores.squeeze(1) : scores.select(1, 1) - scores.select(1, 0);
    return {at::stack({score, truth["target"].reshape({-1}).to(at::kDouble)}, 1)};
  }

  Results values(const std::vector<at::Tensor>& joined) const override {
    if (LabelAverage::of_labels(joined)) return of_labels.values(joined, names(), area_of);
    const at::Tensor rows = joined.front().cpu();
    return {{"roc_auc", area_of(rows.select(1, 0), rows.select(1, 1).gt(0.5))}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    if (LabelAverage::of_labels(answer)) return "";
    const at::Tensor &prediction = answer["output"], &target = truth["target"];
    const bool scores =
        prediction.dim() == 2 && prediction.size(1) <= 2 && at::isFloatingType(prediction.scalar_type());
    const bool classes = at::isIntegralType(target.scalar_type(), false) && target.numel() == prediction.size(0);
    return scores && classes ? of_labels.misfit_without_labels()
                             : "ranks the scores of two classes against one class index for each";
  }

 private:
  std::vector<std::string> labels_;
};

const Registered<Metric, RocAuc> roc_auc_entry{
    "roc_auc", "Area under the receiver operating characteristic of two classes, or of labels."};

}  // namespace
}  // namespace dlrun
