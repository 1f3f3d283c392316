// Attention of a sequence with itself.

#include "nn/self_attention.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

SelfAttention::SelfAttention(const SelfAttentionOptions& options) : heads_(options.heads) {
  const int64_t width = options.width;
  parameter("in_proj_weight", in_proj_weight_, new_tensor({3 * width, width}));
  if (options.bias) parameter("in_proj_bias", in_proj_bias_, new_tensor({3 * width}));
  out_proj_ = make<Linear>("out_proj", width, width, options.bias);
  xavier_uniform_(in_proj_weight_);
  if (options.bias) constant_(in_proj_bias_, 0.0);
  if (options.bias) constant_(out_proj_->bias, 0.0);
  dropout_ = make<Dropout>("dropout", options.dropout);
}

at::Tensor SelfAttention::compute(const at::Tensor& input, const at::Tensor& may_see) {
  const int64_t batch = input.size(0), length = input.size(1), each = input.size(2) / heads_;
  // [B, T, 3 width] -> three of [B, heads, T, width / heads]: all of the heads, or those of this process
  const at::Tensor projected = at::linear(input, in_proj_weight_, in_proj_bias_);
  const at::Tensor parts = projected.view({batch, length, 3, projected.size(2) / (3 * each), each});
  const auto part = [&](int64_t i) { return parts.select(2, i).transpose(1, 2); };
  const std::optional<at::Tensor> mask = may_see.defined() ? std::optional(may_see) : std::nullopt;
  const double p = dropout_->training() ? dropout_->p : 0.0;
  const at::Tensor mixed = at::scaled_dot_product_attention(part(0), part(1), part(2), mask, p);
  return out_proj_->forward(mixed.transpose(1, 2).reshape({batch, length, projected.size(2) / 3}));
}

}  // namespace dlrun
