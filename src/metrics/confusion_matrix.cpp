// Confusion matrix: how often each class was given where each is true. (sklearn.metrics.confusion_matrix)

#include <ATen/ATen.h>

#include "metrics/class_counts.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ConfusionMatrix final : Metric {
  std::string normalize = "none";

  std::vector<Field> fields() override {
    return {field("normalize", normalize,
                  "Counts (none), or shares of what is truly of a class (true), was given to it (pred), or of all.",
                  one_of("none", "true", "pred", "all"))};
  }
  void know_classes(const std::vector<std::string>& names) override { classes_ = names; }

  // A table and no number: nothing that a course of training could be watched by.
  std::vector<std::string> names() const override { return {}; }
  bool higher_is_better(std::string_view) const override { return true; }
  Results values(const std::vector<at::Tensor>&) const override { return {}; }

  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    return {confusion(answer["output"], truth["target"])};
  }

  // Shares of nothing are 0, as in scikit-learn.
  std::vector<ResultTable> tables(const std::vector<at::Tensor>& joined) const override {
    at::Tensor cells = joined.front().cpu();
    if (normalize == "true") cells = cells / cells.sum(1, /*keepdim=*/true);
    if (normalize == "pred") cells = cells / cells.sum(0, /*keepdim=*/true);
    if (normalize == "all") cells = cells / cells.sum();
    cells = cells.nan_to_num(0.0).contiguous();
    std::vector<std::string> names = classes_;
    for (int64_t c = static_cast<int64_t>(names.size()); c < cells.size(0); ++c) names.push_back(std::to_string(c));
    const double* first = cells.const_data_ptr<double>();
    return {{"confusion_matrix", "true", "predicted", names, names, {first, first + cells.numel()}}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    return misfit_of_classes(answer["output"], truth["target"]);
  }

 private:
  std::vector<std::string> classes_;
};

const Registered<Metric, ConfusionMatrix> confusion_matrix_entry{
    "confusion_matrix", "How often each class was given where each is true: a table of eval."};

}  // namespace
}  // namespace dlrun
