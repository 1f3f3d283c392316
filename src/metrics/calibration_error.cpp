// Calibration error: how far a network's confidence in its predictions is from the share of them that is right. (Guo et
// al. 2017; the bins and norms of torchmetrics' MulticlassCalibrationError)

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "metrics/class_chances.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct CalibrationError final : ChanceMetric {
  int64_t bins = 15;
  std::string norm = "l1";

  std::vector<Field> fields() override {
    return {
        field("bins", bins, "Equal ranges of confidence in which predictions are counted.", at_least(1)),
        field("norm", norm,
              "What becomes of the bins' differences: their mean by how many predictions are in them (l1), the root of "
              "that of their squares (l2), or the largest (max).",
              one_of("l1", "l2", "max")),
    };
  }
  std::vector<std::string> names() const override { return {"calibration_error"}; }

  // [3, bins + 1]: how many, their confidences, how many are right. A bin holds its lower bound and not its upper one,
  // so full confidence has one of its own, the last.
  at::Tensor sums_of(const at::Tensor& log_chances, const at::Tensor& classes,
                     const at::Tensor& counts) const override {
    const auto [best, chosen] = log_chances.max(1);
    const at::Tensor confidence = best.exp();
    const at::Tensor bin = (confidence * bins).floor().clamp(0, bins).to(at::kLong);
    const auto binned = [&](const at::Tensor& values) {
      return at::zeros({bins + 1}, values.options()).scatter_add(0, bin, values);
    };
    return at::stack(
        {binned(counts), binned(confidence * counts), binned(chosen.eq(classes).to(at::kDouble) * counts)});
  }

  double value(const at::Tensor& sums) const override {
    const at::Tensor all = sums.contiguous();
    const double *count = all.const_data_ptr<double>(), *confident = count + bins + 1, *right = confident + bins + 1;
    const double total = all[0].sum().item<double>();
    double mean = 0.0, squares = 0.0, largest = 0.0;
    for (int64_t b = 0; b <= bins; ++b) {
      if (count[b] == 0) continue;
      const double difference = std::abs(right[b] - confident[b]) / count[b], share = count[b] / total;
      mean += share * difference;
      squares += share * difference * difference;
      largest = std::max(largest, difference);
    }
    if (total == 0) return std::nan("");
    return norm == "l1" ? mean : norm == "l2" ? std::sqrt(squares) : largest;
  }
};

const Registered<Metric, CalibrationError> calibration_error_entry{
    "calibration_error", "How far confidence is from the share of right predictions."};

}  // namespace
}  // namespace dlrun
