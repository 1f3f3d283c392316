// Layer normalisation over the last dimension (Ba et al. 2016).

#pragma once

#include "nn/layer.h"

namespace dlrun {

// weight, bias [features], as torch.nn.LayerNorm(features).
class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(int64_t features, double eps = 1e-5, bool with_bias = true);
  at::Tensor compute(const at::Tensor& input) override;  // [..., features] -> the same

  at::Tensor weight;
  at::Tensor bias;  // undefined without a bias

 private:
  double eps_;
};

}  // namespace dlrun
