// Batch normalisation over every dimension but the second (Ioffe and Szegedy 2015).

#pragma once

#include "nn/layer.h"

namespace dlrun {

// One class for torch.nn.BatchNorm1d and 2d: weight, bias, running_mean, running_var [features] and
// num_batches_tracked [] int64, with PyTorch's meaning of momentum (the share of the new batch) and its unbiased
// running variance. Training on a single value per channel throws UserError: its variance does not exist.
class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(int64_t features, double eps = 1e-5, double momentum = 0.1);
  at::Tensor compute(const at::Tensor& input) override;  // [N, features, ...] -> the same

  // Replaces x by max_pool2d(relu(forward(x)), pool) and gives true, or gives false where no operator does this at once
  // (tensor/norm_relu_pool.h) or the layer is not training. pool 1: no pooling.
  bool forward_relu_pool(at::Tensor& x, int64_t pool);

  // While on, the statistics begin anew and are means over the batches that pass, each of which counts alike, as
  // torch.optim.swa_utils.update_bn measures them; the layer normalises as in training. Off: as in evaluation.
  void measure(bool on);

  at::Tensor weight, bias;
  at::Tensor running_mean, running_var, num_batches_tracked;

 private:
  // Before a batch in training: counts it, and gives its share in the statistics.
  double count_batch(const at::Tensor& input);

  double eps_, momentum_;
  bool measuring_ = false;
};

}  // namespace dlrun
