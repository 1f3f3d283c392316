// Root mean square normalisation over the last dimension (Zhang and Sennrich 2019).

#pragma once

#include <optional>

#include "nn/layer.h"

namespace dlrun {

// weight [features], as torch.nn.RMSNorm(features). `eps` nothing: the least float above 1, less 1, torch's default.
class RmsNorm final : public Layer {
 public:
  explicit RmsNorm(int64_t features, std::optional<double> eps = {});
  at::Tensor compute(const at::Tensor& input) override;  // [..., features] -> the same

  at::Tensor weight;

 private:
  std::optional<double> eps_;
};

}  // namespace dlrun
