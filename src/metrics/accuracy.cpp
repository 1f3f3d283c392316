// Share of targets whose true class is among the k most likely ones.

#include <ATen/ATen.h>

#include <cmath>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

bool lie_in_memory(const at::Tensor& scores, const at::Tensor& truth) {
  return scores.is_cpu() && truth.is_cpu() && scores.scalar_type() == at::kFloat && truth.scalar_type() == at::kLong &&
         scores.is_contiguous() && truth.is_contiguous();
}

// Rows of scores [N, classes] that are highest at their target [N], as argmax has it: the first of equals, a number
// that is none above all others. A plain loop: eight operators for it would be a twentieth of a small network's step.
int64_t count_hits(const at::Tensor& scores, const at::Tensor& truth) {
  const int64_t classes = scores.size(1);
  const float* row = scores.const_data_ptr<float>();
  int64_t hits = 0;
  for (int64_t i = 0; i < scores.size(0); ++i, row += classes) {
    int64_t best = 0;
    for (int64_t c = 1; c < classes && !std::isnan(row[best]); ++c)
      if (!(row[c] <= row[best])) best = c;
    hits += best == truth.const_data_ptr<int64_t>()[i];
  }
  return hits;
}

struct Accuracy final : PairMetric {
  int64_t top_k = 1;

  std::vector<Field> fields() override {
    return {field("top_k", top_k,
                  "A sample counts when its class is among this many; above 1 the number is called top<k>_accuracy.",
                  at_least(1))};
  }

  std::vector<std::string> names() const override {
    return {top_k == 1 ? "accuracy" : "top" + std::to_string(top_k) + "_accuracy"};
  }

  // prediction [..., classes] logits (or [N, 1] of a two-class problem), target [...] int64. Targets below 0 are
  // padding and do not count.
  at::Tensor sums(const at::Tensor& prediction, const at::Tensor& target) const override {
    const int64_t classes = prediction.size(-1);
    const at::Tensor scores = prediction.reshape({-1, classes});
    const at::Tensor truth = target.reshape({-1});
    if (top_k == 1 && classes > 1 && target.dim() == 1 && lie_in_memory(scores, truth))
      return at::tensor({static_cast<double>(count_hits(scores, truth)), static_cast<double>(truth.numel())},
                        at::kDouble);
    at::Tensor right;
    if (classes == 1) {
      right = scores.squeeze(1).gt(0).to(at::kLong).eq(truth.to(at::kLong));
    } else if (top_k == 1) {
      right = scores.argmax(1).eq(truth);
    } else {
      const at::Tensor best = std::get<1>(scores.topk(std::min(top_k, classes), 1));
      right = best.eq(truth.unsqueeze(1)).any(1);
    }
    const at::TensorOptions options = right.options().dtype(at::kDouble);
    const at::Tensor counted = target.dim() > 1 ? truth.ge(0).sum().to(at::kDouble)
                                                : at::scalar_tensor(static_cast<double>(truth.numel()), options);
    return at::stack({right.sum().to(at::kDouble), counted});
  }

  double value(const at::Tensor& sums) const override { return sums[0].item<double>() / sums[1].item<double>(); }
  bool higher_is_better(std::string_view) const override { return true; }
  std::string pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const override {
    const bool classes = at::isIntegralType(target.scalar_type(), false);
    const bool one_each = prediction.dim() > 1 && prediction.numel() == target.numel() * prediction.size(-1);
    return classes && one_each ? "" : "compares the scores of classes with one class index for each";
  }
};

const Registered<Metric, Accuracy> accuracy_entry{"accuracy", "Share of samples whose class was predicted."};

}  // namespace
}  // namespace dlrun
