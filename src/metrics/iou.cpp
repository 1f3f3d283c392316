// Intersection over union of the pixels given to a class and those that are of it: Jaccard's index, over a whole split
// as one picture.

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Iou final : Metric {
  std::vector<Field> fields() override { return {}; }

  void know_classes(const std::vector<std::string>& names) override { classes_ = names; }

  // The mean over the classes, and each of them.
  std::vector<std::string> names() const override {
    std::vector<std::string> all = {"iou"};
    for (const std::string& name : classes_) all.push_back("iou_" + name);
    return all;
  }
  bool higher_is_better(std::string_view) const override { return true; }

  // output [..., classes] scores (or [..., 1] of a two-class problem), target [...] int64 (below 0: does not count)
  // -> pixels of each class [3, classes]: rightly given, given, true.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    const at::Tensor& scores = answer["output"];
    const int64_t outputs = scores.size(-1), classes = outputs == 1 ? 2 : outputs;
    const at::Tensor flat = scores.reshape({-1, outputs}), target = truth["target"].reshape({-1});
    const at::Tensor chosen = outputs == 1 ? flat.squeeze(1).gt(0).to(at::kLong) : flat.argmax(1);
    const at::Tensor counts = target.ge(0), right = counts.logical_and(chosen.eq(target));
    const auto pixels = [&](const at::Tensor& of, const at::Tensor& where) {
      const at::Tensor sums = at::zeros({classes}, of.options().dtype(at::kDouble));
      return sums.scatter_add(0, of.clamp_min(0), where.to(at::kDouble));
    };
    return {at::stack({pixels(target, right), pixels(chosen, counts), pixels(target, counts)})};
  }

  // A class that neither is there nor was given has no number, and none in the mean.
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor sums = joined.front().cpu();
    const at::Tensor each = (sums[0] / (sums[1] + sums[2] - sums[0])).contiguous();  // 0 / 0 is NaN
    Results results = {{"iou", std::numeric_limits<double>::quiet_NaN()}};
    double sum = 0.0;
    int64_t defined = 0;
    for (int64_t c = 0; c < each.numel(); ++c) {
      const double value = each.const_data_ptr<double>()[c];
      if (c < static_cast<int64_t>(classes_.size()))
        results.emplace_back("iou_" + classes_[static_cast<size_t>(c)], value);
      if (std::isnan(value)) continue;
      sum += value;
      ++defined;
    }
    if (defined > 0) results.front().second = sum / static_cast<double>(defined);
    return results;
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    const at::Tensor &prediction = answer["output"], &target = truth["target"];
    const bool one_each = prediction.dim() == target.dim() + 1 &&
                          prediction.sizes().slice(0, static_cast<size_t>(target.dim())) == target.sizes();
    return one_each && target.scalar_type() == at::kLong
               ? ""
               : "compares the scores of classes with one class index for each";
  }

 private:
  std::vector<std::string> classes_;
};

const Registered<Metric, Iou> iou_entry{"iou", "Overlap of the pixels given to each class with those that are of it."};

}  // namespace
}  // namespace dlrun
