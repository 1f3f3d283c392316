// The loss of samples that an augmentation mixed.

#include "tasks/mixed_loss.h"

#include "data/mixed.h"

namespace dlrun {

Weighted mixed_loss(const Loss& loss, const Batch& answer, const Batch& batch) {
  if (!batch.has(mixed_classes)) return loss.forward(answer, batch);
  const at::Tensor classes = batch[mixed_classes], shares = batch[mixed_shares].select(0, 0);
  Batch truth = batch;
  Weighted sum;
  for (int64_t k = 0; k < classes.size(1); ++k) {
    truth.set("target", classes.select(1, k).contiguous());
    const Weighted one = loss.forward(answer, truth);
    const at::Tensor share = shares.select(0, k);
    const at::Tensor mean = one.mean * share.to(one.mean.scalar_type()), weight = one.weight * share.to(at::kDouble);
    sum = sum.mean.defined() ? Weighted{sum.mean + mean, sum.weight + weight} : Weighted{mean, weight};
  }
  return sum;
}

}  // namespace dlrun
