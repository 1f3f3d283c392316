// Classes as they were predicted against those that are true, counted.

#include "metrics/class_counts.h"

#include <cmath>
#include <limits>

namespace dlrun {

at::Tensor chosen_classes(const at::Tensor& scores) {
  return scores.size(1) == 1 ? scores.squeeze(1).gt(0).to(at::kLong) : scores.argmax(1);
}

at::Tensor confusion(const at::Tensor& prediction, const at::Tensor& target) {
  const auto [scores, classes, counts] = scored_classes(prediction, target);
  const int64_t size = scores.size(1) == 1 ? 2 : scores.size(1);
  const at::Tensor counted = counts.to(at::kDouble);
  const at::Tensor cells = at::zeros({size * size}, counted.options());
  return cells.scatter_add(0, classes * size + chosen_classes(scores), counted).reshape({size, size});
}

std::vector<Field> AveragedMetric::fields() {
  return {field("average", average,
                "macro: the mean over classes that are there or were given (of labels over all); weighted: by how "
                "often they are there; micro: "
                "of all together; binary: of the second of two classes alone; none: each class by itself.",
                one_of("macro", "weighted", "micro", "binary", "none"))};
}

std::vector<std::string> AveragedMetric::names() const {
  if (average == "macro") return {name()};
  if (average != "none") return {name() + "_" + average};
  std::vector<std::string> all;
  for (const std::string& one : classes_) all.push_back(name() + "_" + one);
  return all;
}

// Rows of what was rightly given, given and true, and whether a class counts where it does not occur: [4, classes].
std::vector<at::Tensor> AveragedMetric::measure(const Batch& answer, const Batch& truth) const {
  if (answer.has("labels")) {
    const at::Tensor given = answer["labels"].to(at::kDouble), is_true = truth["target"].ge(0.5).to(at::kDouble);
    const at::Tensor counts = given.sum(0);
    return {at::stack({(given * is_true).sum(0), counts, is_true.sum(0), at::ones_like(counts)})};
  }
  const at::Tensor cells = confusion(answer["output"], truth["target"]);
  const at::Tensor given = cells.sum(0);
  return {at::stack({cells.diagonal(), given, cells.sum(1), at::zeros_like(given)})};
}

Results AveragedMetric::values(const std::vector<at::Tensor>& joined) const {
  const at::Tensor sums = joined.front().cpu().contiguous();
  const int64_t classes = sums.size(1);
  const double* counted = sums.const_data_ptr<double>();
  ClassCounts all;
  std::vector<double> each;
  double mean = 0.0, weighted = 0.0, occurring = 0.0;
  for (int64_t c = 0; c < classes; ++c) {
    const ClassCounts one{counted[c], counted[classes + c], counted[2 * classes + c]};
    all = {all.right + one.right, all.given + one.given, all.is_true + one.is_true};
    const bool counts = one.occurs() || counted[3 * classes + c] > 0;
    each.push_back(counts ? of(one) : std::numeric_limits<double>::quiet_NaN());
    if (!counts) continue;
    mean += each.back();
    weighted += each.back() * one.is_true;
    ++occurring;
  }
  if (average == "macro") return {{names().front(), mean / occurring}};
  if (average == "weighted")
    return {{names().front(), all.is_true == 0 && counted[3 * classes] > 0 ? 0.0 : weighted / all.is_true}};
  if (average == "micro") return {{names().front(), of(all)}};
  if (average == "binary") return {{names().front(), of({counted[1], counted[classes + 1], counted[2 * classes + 1]})}};
  Results results;
  for (size_t c = 0; c < classes_.size() && c < each.size(); ++c) results.emplace_back(names()[c], each[c]);
  return results;
}

std::string AveragedMetric::misfit(const Batch& answer, const Batch& truth) const {
  if (answer.has("labels"))
    return average == "binary" ? "with average: binary looks at the second of two classes, and labels are there or not "
                                 "each by itself: macro, weighted, micro or none"
                               : "";
  const std::string why = misfit_of_classes(answer["output"], truth["target"]);
  if (why.empty() && average == "binary" && answer["output"].size(-1) > 2)
    return "with average: binary looks at the second of two classes, and these are more: macro, weighted, micro or "
           "none";
  return why;
}

}  // namespace dlrun
