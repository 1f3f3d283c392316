// Instance normalisation: statistics of each channel of each sample (Ulyanov et al. 2016).

#pragma once

#include "nn/layer.h"

namespace dlrun {

// weight, bias [channels], as torch.nn.InstanceNorm2d(channels, affine=True). Training on one place for each channel
// throws UserError: all that is left of it is the bias.
class InstanceNorm final : public Layer {
 public:
  explicit InstanceNorm(int64_t channels, double eps = 1e-5);
  at::Tensor compute(const at::Tensor& input) override;  // [N, channels, ...] -> the same

  at::Tensor weight, bias;

 private:
  double eps_;
};

}  // namespace dlrun
