// Contrastive loss: samples of one class are drawn together, those of two pushed apart up to a margin. (Hadsell et al.
// 2006, equation 4)

#include <ATen/ATen.h>

#include "losses/compares_samples.h"
#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Contrastive final : Loss, ComparesSamples {
  double margin = 1.0;
  bool balance_pairs = true;

  std::vector<Field> fields() override {
    return {
        field("margin", margin, "How far apart samples of two classes have to be, in units of the embedding.",
              more_than(0)),
        field(
            "balance_pairs", balance_pairs,
            "Whether pairs of one class count together as much as those of two, of which a batch has many more; false: "
            "each pair counts as every other, as in the paper."),
    };
  }

  // "embedding" [N, width], target [N] int64 -> d^2 / 2 of pairs of one class, max(0, margin - d)^2 / 2 of others: a
  // mean over all N (N - 1) / 2 pairs of the batch, or of those of one class and those of two, and of both means. Pairs
  // are those of one part of a batch: trainer.micro_batch_size leaves fewer of them.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    const auto [places, classes] = embedded("contrastive", answer, truth);
    const at::Tensor distance = distances(places);
    const at::Tensor pairs = different_samples(classes).triu();
    const at::Tensor one = alike(classes).logical_and(pairs), two = pairs.logical_and(one.logical_not());
    const at::Tensor near = distance.square() / 2, far = (margin - distance).clamp_min(0).square() / 2;
    const Weighted every = mean_where(at::where(one, near, far), pairs);
    if (!balance_pairs) return {every.mean.to(places.scalar_type()), every.weight};
    const Weighted together = mean_where(near, one), apart = mean_where(far, two);
    const at::Tensor kinds = together.weight.gt(0).to(at::kDouble) + apart.weight.gt(0).to(at::kDouble);
    return {((together.mean + apart.mean) / kinds.clamp_min(1)).to(places.scalar_type()), every.weight};
  }
};

const Registered<Loss, Contrastive> contrastive_entry{
    "contrastive", "Samples of one class are drawn together, those of two pushed apart."};

}  // namespace
}  // namespace dlrun
