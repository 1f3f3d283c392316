// The encoder of the transformer: layers of self-attention and a feed-forward network (Vaswani et al. 2017).

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/cut.h"
#include "nn/layer.h"

namespace dlrun {

// torch.nn.TransformerEncoderLayer's arguments under their names.
struct TransformerEncoderOptions {
  int64_t d_model = 128, nhead = 8, num_layers = 2, dim_feedforward = 2048;
  double dropout = 0.1;
  std::string activation = "relu";
  std::string norm = "layer";  // nn/norm.h
  double layer_norm_eps = 1e-5;
  bool norm_first = false;
  bool bias = true;
  bool final_norm = false;  // a norm behind the last layer
};

// How several processes hold its parameters together, and what draws for a part.
Cuts transformer_encoder_cuts(const TransformerEncoderOptions& options);

class TransformerEncoderLayer;

// Names, shapes and numbers of torch.nn.TransformerEncoder: layers.0.self_attn.in_proj_weight [3 d_model, d_model],
// layers.0.self_attn.out_proj.weight, layers.0.linear1.weight, layers.0.norm1.weight, ..., norm.weight. Each layer
// draws its own initial weights, where torch copies those of the first.
class TransformerEncoder final : public ModuleOf<at::Tensor, at::Tensor> {
 public:
  explicit TransformerEncoder(const TransformerEncoderOptions& options);

 protected:
  // input [B, T, d_model], may_see bool [B or 1, 1, T or 1, T] (query, key; undefined: all) -> [B, T, d_model].
  at::Tensor compute(const at::Tensor& input, const at::Tensor& may_see) override;

 private:
  std::vector<std::shared_ptr<TransformerEncoderLayer>> layers_;
  std::shared_ptr<Layer> norm_;  // null without one
};

}  // namespace dlrun
