// Triplet loss: a sample is nearer to those of its class than to others, by a margin. (Schroff et al. 2015; which
// triplets of a batch count: Hermans et al. 2017)

#include <ATen/ATen.h>

#include <limits>

#include "losses/compares_samples.h"
#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Triplet final : Loss, ComparesSamples {
  double margin = 1.0;
  std::string mining = "batch_hard";
  bool soft_margin = false;

  std::vector<Field> fields() override {
    return {
        field("margin", margin, "How much nearer its own class has to be, in units of the embedding.", at_least(0)),
        field("mining", mining,
              "batch_hard: for each sample its farthest one of its class and the nearest of another; batch_all: all "
              "triplets of the batch, a mean over those that are not met yet.",
              one_of("batch_hard", "batch_all")),
        field("soft_margin", soft_margin,
              "log(1 + exp(difference)) in the place of max(0, difference + margin), which goes on pulling."),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"soft_margin", "not soft_margin or mining == 'batch_hard'",
             "is a mean over triplets that are not met yet no more: mining: batch_hard goes with it"}};
  }

  // "embedding" [N, width], target [N] int64 -> the mean over samples that have one of their class and one of another
  // beside them (batch_hard), or over triplets whose loss is above 0 (batch_all). Triplets are those of one part.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    const auto [places, classes] = embedded("triplet", answer, truth);
    const at::Tensor distance = distances(places), same = alike(classes);
    const at::Tensor positive = same.logical_and(different_samples(classes)), negative = same.logical_not();
    const Weighted found =
        mining == "batch_hard" ? hard(distance, positive, negative) : all(distance, positive, negative);
    return {found.mean.to(places.scalar_type()), found.weight};
  }

 private:
  Weighted hard(const at::Tensor& distance, const at::Tensor& positive, const at::Tensor& negative) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const at::Tensor farthest = distance.masked_fill(positive.logical_not(), -1.0).amax(1);
    const at::Tensor counts = positive.any(1).logical_and(negative.any(1));
    const at::Tensor closest = distance.masked_fill(negative.logical_not(), infinity).amin(1);
    const at::Tensor difference = at::where(counts, farthest - closest, 0.0);
    return mean_where(soft_margin ? at::softplus(difference) : (difference + margin).clamp_min(0), counts);
  }

  // [anchors, positives, negatives]
  Weighted all(const at::Tensor& distance, const at::Tensor& positive, const at::Tensor& negative) const {
    const at::Tensor triplets = positive.unsqueeze(2).logical_and(negative.unsqueeze(1));
    const at::Tensor loss = distance.unsqueeze(2) - distance.unsqueeze(1) + margin;
    return mean_where(loss.clamp_min(0), triplets.logical_and(loss.gt(0)));
  }
};

const Registered<Loss, Triplet> triplet_entry{"triplet", "A sample is nearer to those of its class than to others."};

}  // namespace
}  // namespace dlrun
