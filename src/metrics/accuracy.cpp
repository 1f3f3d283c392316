// Share of targets whose true class is among the k most likely ones.

#include <ATen/ATen.h>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

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

const Registered<Metric, Accuracy> entry{"accuracy", "Share of samples whose class was predicted."};

}  // namespace
}  // namespace dlrun
