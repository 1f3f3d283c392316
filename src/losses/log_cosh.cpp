// Log-cosh: squared near the target, absolute far from it, and smooth in between. (torchmetrics' LogCoshError;
// TensorFlow's LogCosh)

#include <ATen/ATen.h>

#include <numbers>

#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct LogCosh final : TermLoss {
  std::vector<Field> fields() override { return {}; }

  // prediction and target of one shape, float -> log(cosh(error)), which no error overflows.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("log_cosh", prediction, target);
    const at::Tensor error = prediction - target;
    return {error + at::softplus(-2 * error) - std::numbers::ln2};
  }
};

const Registered<Loss, LogCosh> log_cosh_entry{"log_cosh", "Logarithm of the hyperbolic cosine of the error."};

}  // namespace
}  // namespace dlrun
