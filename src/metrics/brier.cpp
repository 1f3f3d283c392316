// Brier score: the squared distance between probabilities and what came true. (Brier 1950;
// sklearn.metrics.brier_score_loss)

#include <ATen/ATen.h>

#include "metrics/class_chances.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Brier final : ChanceMetric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"brier"}; }

  // Of two classes the error of the second's probability, of more the sum over all, as scikit-learn does.
  at::Tensor sums_of(const at::Tensor& log_chances, const at::Tensor& classes,
                     const at::Tensor& counts) const override {
    const at::Tensor truth = at::one_hot(classes, log_chances.size(1)).to(at::kDouble);
    const at::Tensor error = (log_chances.exp() - truth).square().sum(1);
    const at::Tensor total = (error * counts).sum();
    return at::stack({log_chances.size(1) == 2 ? total / 2 : total, counts.sum()});
  }
  double value(const at::Tensor& sums) const override { return sums[0].item<double>() / sums[1].item<double>(); }
};

const Registered<Metric, Brier> brier_entry{"brier", "Squared distance between probabilities and what came true."};

}  // namespace
}  // namespace dlrun
