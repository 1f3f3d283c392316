// Average precision: the mean precision at the scores of a class's samples, from the highest down.
// (sklearn.metrics.average_precision_score)

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "metrics/class_chances.h"
#include "metrics/label_scores.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// score and positive [n], float64 and bool, on the CPU -> the area below precision over recall, in steps; equal scores
// are one step. NaN without a positive.
double average_precision(const at::Tensor& score, const at::Tensor& positive) {
  const auto [sorted, order] = score.sort(/*stable=*/true, 0, /*descending=*/true);
  const at::Tensor hits = positive.index_select(0, order).to(at::kDouble).contiguous();
  const double *at = sorted.const_data_ptr<double>(), *hit = hits.const_data_ptr<double>();
  const double positives = hits.sum().item<double>();
  double found = 0.0, before = 0.0, area = 0.0;
  for (int64_t i = 0; i < sorted.numel(); ++i) {
    found += hit[i];
    if (i + 1 < sorted.numel() && at[i + 1] == at[i]) continue;
    area += (found - before) * found / static_cast<double>(i + 1);
    before = found;
  }
  return positives > 0 ? area / positives : std::numeric_limits<double>::quiet_NaN();
}

struct AveragePrecision final : Metric {
  LabelAverage of_labels;

  std::vector<Field> fields() override { return {of_labels.own_field()}; }

  Merge merge() const override { return Merge::append; }
  void know_classes(const std::vector<std::string>& names) override { labels_ = names; }
  void know_chances(Chances chances) override { chances_ = chances; }
  std::vector<std::string> names() const override { return of_labels.names("average_precision", labels_); }
  bool higher_is_better(std::string_view) const override { return true; }

  // output [N, classes] or [N, 1] of two, target [N] int64 -> [N, 2]: a score that rises with the second of two
  // classes, and the class; of more classes [N, classes + 1]: the logarithm of each one's probability before it.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    if (LabelAverage::of_labels(answer)) return LabelAverage::kept(answer, truth);
    const at::Tensor& scores = answer["output"];
    const at::Tensor exact = scores.to(at::kDouble), target = truth["target"].reshape({-1, 1}).to(at::kDouble);
    if (scores.size(1) == 1) return {at::cat({exact, target}, 1)};
    if (scores.size(1) == 2) return {at::cat({exact.narrow(1, 1, 1) - exact.narrow(1, 0, 1), target}, 1)};
    return {at::cat({log_chances(scores, chances_), target}, 1)};
  }

  // Of the second of two classes; of more the mean over those that are there, each against the rest. A label that is
  // nowhere counts as 0, as scikit-learn has it for labels.
  Results values(const std::vector<at::Tensor>& joined) const override {
    if (LabelAverage::of_labels(joined)) return of_labels.values(joined, names(), of_label);
    const at::Tensor rows = joined.front().cpu();
    const int64_t columns = rows.size(1) - 1;
    const at::Tensor truth = rows.select(1, columns);
    if (columns == 1) return {{"average_precision", average_precision(rows.select(1, 0), truth.gt(0.5))}};
    double sum = 0.0;
    int64_t there = 0;
    for (int64_t c = 0; c < columns; ++c) {
      const double one = average_precision(rows.select(1, c), truth.eq(static_cast<double>(c)));
      if (std::isnan(one)) continue;
      sum += one;
      ++there;
    }
    return {{"average_precision", sum / static_cast<double>(there)}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    if (LabelAverage::of_labels(answer)) return "";
    const bool flat = answer["output"].dim() == 2 && truth["target"].dim() == 1;
    const std::string why = misfit_of_classes(answer["output"], truth["target"]);
    if (why.empty() && flat) return of_labels.misfit_without_labels();
    return why.empty() ? "ranks samples by the scores of one class for each" : why;
  }

 private:
  static double of_label(const at::Tensor& score, const at::Tensor& positive) {
    return positive.any().item<bool>() ? average_precision(score, positive) : 0.0;
  }

  std::vector<std::string> labels_;
  Chances chances_ = Chances::softmax;
};

const Registered<Metric, AveragePrecision> average_precision_entry{
    "average_precision", "Mean precision over the samples of a class or label, by falling score."};

}  // namespace
}  // namespace dlrun
