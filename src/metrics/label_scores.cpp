// Metrics that rank samples by the scores of labels.

#include "metrics/label_scores.h"

namespace dlrun {

Field LabelAverage::own_field() {
  return field("average", average,
               "Where samples have any number of labels. macro: the mean over labels; weighted: by how often they are "
               "there; micro: of all labels as one; none: each by itself.",
               one_of("macro", "weighted", "micro", "none"));
}

std::vector<std::string> LabelAverage::names(const std::string& metric, const std::vector<std::string>& labels) const {
  if (average == "macro") return {metric};
  if (average != "none") return {metric + "_" + average};
  std::vector<std::string> all;
  for (const std::string& label : labels) all.push_back(metric + "_" + label);
  return all;
}

std::string LabelAverage::misfit_without_labels() const {
  return average == "macro" ? "" : "with average: " + average + " is for samples with any number of labels";
}

std::vector<at::Tensor> LabelAverage::kept(const Batch& answer, const Batch& truth) {
  return {answer["output"].to(at::kDouble), truth["target"].ge(0.5).to(at::kDouble)};
}

Results LabelAverage::values(const std::vector<at::Tensor>& joined, const std::vector<std::string>& names,
                             const OfOne& of) const {
  const at::Tensor scores = joined[0].cpu(), is_true = joined[1].cpu().gt(0.5);
  if (average == "micro") return {{names.front(), of(scores.flatten(), is_true.flatten())}};
  std::vector<double> each;
  double sum = 0.0, weighted = 0.0, positives = 0.0;
  for (int64_t k = 0; k < scores.size(1); ++k) {
    const at::Tensor positive = is_true.select(1, k);
    const double count = positive.sum().item<double>();
    each.push_back(of(scores.select(1, k).contiguous(), positive));
    sum += each.back();
    if (count > 0) weighted += each.back() * count;
    positives += count;
  }
  if (average == "macro") return {{names.front(), sum / static_cast<double>(each.size())}};
  if (average == "weighted") return {{names.front(), positives > 0 ? weighted / positives : 0.0}};
  Results results;
  for (size_t k = 0; k < each.size() && k < names.size(); ++k) results.emplace_back(names[k], each[k]);
  return results;
}

}  // namespace dlrun
