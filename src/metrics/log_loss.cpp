// Log loss: the mean negative logarithm of the probability that the true class was given. (sklearn.metrics.log_loss)

#include <ATen/ATen.h>

#include "metrics/class_chances.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct LogLoss final : ChanceMetric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"log_loss"}; }

  at::Tensor sums_of(const at::Tensor& log_chances, const at::Tensor& classes,
                     const at::Tensor& counts) const override {
    const at::Tensor own = log_chances.gather(1, classes.unsqueeze(1)).squeeze(1);
    return at::stack({-at::where(counts.gt(0), own, 0.0).sum(), counts.sum()});
  }
  double value(const at::Tensor& sums) const override { return sums[0].item<double>() / sums[1].item<double>(); }
};

const Registered<Metric, LogLoss> log_loss_entry{"log_loss",
                                                 "Mean negative logarithm of the true class's probability, nats."};

}  // namespace
}  // namespace dlrun
