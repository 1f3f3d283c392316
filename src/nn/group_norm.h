// Group normalisation: statistics of each sample over groups of channels (Wu and He 2018).

#pragma once

#include "nn/layer.h"

namespace dlrun {

// weight, bias [channels], as torch.nn.GroupNorm. One group is the layer norm of images. `groups` divides `channels`.
class GroupNorm final : public Layer {
 public:
  GroupNorm(int64_t groups, int64_t channels, double eps = 1e-5);
  at::Tensor compute(const at::Tensor& input) override;  // [N, channels, ...] -> the same

  at::Tensor weight, bias;

 private:
  int64_t groups_;
  double eps_;
};

}  // namespace dlrun
