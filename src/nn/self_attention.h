// Attention of a sequence with itself (Vaswani et al. 2017).

#pragma once

#include <cstdint>
#include <memory>

#include "nn/dropout.h"
#include "nn/layer.h"
#include "nn/linear.h"

namespace dlrun {

struct SelfAttentionOptions {
  int64_t width = 128;
  int64_t heads = 8;     // they divide the width
  double dropout = 0.0;  // chance that a step does not see another while training
  bool bias = true;
};

// torch.nn.MultiheadAttention's names, numbers and initial weights: in_proj_weight [3 width, width], in_proj_bias,
// out_proj.weight [width, width], out_proj.bias. Several processes may hold some of the heads each (nn/cut.h).
class SelfAttention final : public ModuleOf<at::Tensor, at::Tensor> {
 public:
  explicit SelfAttention(const SelfAttentionOptions& options);

 protected:
  // input [B, T, width], may_see bool [B or 1, 1, T or 1, T] (query, key; undefined: all) -> [B, T, width].
  at::Tensor compute(const at::Tensor& input, const at::Tensor& may_see) override;

 private:
  int64_t heads_;
  at::Tensor in_proj_weight_, in_proj_bias_;
  std::shared_ptr<Linear> out_proj_;
  std::shared_ptr<Dropout> dropout_;  // of the attention's weights
};

}  // namespace dlrun
