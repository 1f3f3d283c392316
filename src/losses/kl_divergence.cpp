// Kullback-Leibler divergence of the network's distribution over classes from the target's. (torch.nn.KLDivLoss with
// reduction batchmean, of a log_softmax)

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct KlDivergence final : TermLoss {
  std::vector<Field> fields() override { return {}; }

  // prediction [..., classes] float scores, target of the same shape, probabilities that add up to 1 -> nats [...].
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("kl_divergence", prediction, target);
    if (prediction.size(-1) < 2)
      throw UserError(
          ExitCode::bad_recipe,
          "loss: kl_divergence compares a probability for each of several classes, and the network gives one "
          "number; bce compares single ones");
    return {(at::xlogy(target, target) - target * prediction.log_softmax(-1)).sum(-1)};
  }
};

const Registered<Loss, KlDivergence> kl_divergence_entry{
    "kl_divergence", "How far the distribution over classes is from that of the target."};

}  // namespace
}  // namespace dlrun
