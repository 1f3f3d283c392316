// Supervised contrastive loss: of all samples in a batch those of its class are the most like it. (Khosla et al. 2020,
// equation 2)

#include <ATen/ATen.h>

#include <limits>

#include "losses/compares_samples.h"
#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct SupervisedContrastive final : Loss, ComparesSamples {
  double temperature = 0.1;

  std::vector<Field> fields() override {
    return {field("temperature", temperature,
                  "What cosine similarities are divided by: a smaller one looks at the hardest samples alone.",
                  more_than(0))};
  }

  // "embedding" [N, width], target [N] int64 -> nats: of each sample the mean cross entropy of those of its class among
  // all others, and the mean over samples that are not alone in their class. The others are those of one part of a
  // batch.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    const auto [places, classes] = embedded("supervised_contrastive", answer, truth);
    const at::Tensor unit = directions(places);
    const at::Tensor others = different_samples(classes), positive = alike(classes).logical_and(others);
    const at::Tensor likeness = (unit.matmul(unit.t()) / temperature)
                                    .masked_fill(others.logical_not(), -std::numeric_limits<double>::infinity());
    const at::Tensor likely = likeness.log_softmax(1).masked_fill(positive.logical_not(), 0.0);
    const at::Tensor count = positive.sum(1);
    return mean_where(-likely.sum(1) / count.clamp_min(1), count.gt(0));
  }
};

const Registered<Loss, SupervisedContrastive> supervised_contrastive_entry{
    "supervised_contrastive", "Of all samples in a batch those of its class are the most like it."};

}  // namespace
}  // namespace dlrun
