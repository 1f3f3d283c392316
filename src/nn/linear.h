// Fully connected layer: y = x W^T + b.

#pragma once

#include "nn/layer.h"

namespace dlrun {

// weight [outputs, inputs], bias [outputs]; torch.nn.Linear's names, initial weights and order of draws.
class Linear final : public Layer {
 public:
  Linear(int64_t inputs, int64_t outputs, bool with_bias = true);
  at::Tensor compute(const at::Tensor& input) override;  // [..., inputs] -> [..., outputs]

  at::Tensor matrix() {  // the weight, for a product of another kind
    return pass([this] { return weight; });
  }

  at::Tensor weight;
  at::Tensor bias;  // undefined without a bias
};

}  // namespace dlrun
