// Quantile loss, also called pinball: the network learns a value below which that share of the targets lies. (Koenker
// and Bassett 1978; sklearn.metrics.mean_pinball_loss)

#include <ATen/ATen.h>

#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Quantile final : TermLoss {
  double quantile = 0.5;

  std::vector<Field> fields() override {
    return {field("quantile", quantile, "The share of targets that lie below what is predicted; 0.5 is the median.",
                  more_than(0), less_than(1))};
  }

  // prediction and target of one shape, float -> quantile times what the target is above, 1 - quantile times what it is
  // below.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("quantile", prediction, target);
    const at::Tensor above = target - prediction;
    return {at::maximum(quantile * above, (quantile - 1) * above)};
  }
};

const Registered<Loss, Quantile> quantile_entry{"quantile", "Pinball loss: teaches a quantile of the target."};

}  // namespace
}  // namespace dlrun
