// Cosine embedding loss: samples of one class point the same way, those of two do not. (torch.nn.CosineEmbeddingLoss)

#include <ATen/ATen.h>

#include "losses/compares_samples.h"
#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct CosineEmbedding final : Loss, ComparesSamples {
  double margin = 0.0;

  std::vector<Field> fields() override {
    return {field("margin", margin, "The cosine between samples of two classes up to which nothing is lost.",
                  between(-1, 1))};
  }

  // "embedding" [N, width], target [N] int64 -> 1 - cos of pairs of one class, max(0, cos - margin) of others: a mean
  // over all N (N - 1) / 2 pairs of one part of a batch.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    const auto [places, classes] = embedded("cosine_embedding", answer, truth);
    const at::Tensor unit = directions(places), cosine = unit.matmul(unit.t());
    const at::Tensor each = at::where(alike(classes), 1 - cosine, (cosine - margin).clamp_min(0));
    return mean_where(each, different_samples(classes).triu());
  }
};

const Registered<Loss, CosineEmbedding> cosine_embedding_entry{
    "cosine_embedding", "Samples of one class point the same way, those of two do not."};

}  // namespace
}  // namespace dlrun
