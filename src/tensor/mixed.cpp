// Mixed precision: the operators by the type they compute in. (The lists of ATen/autocast_mode.h.)

#include "tensor/mixed.h"

#include <ATen/core/function_schema.h>

#include <set>
#include <string_view>

namespace dlrun {
namespace {

const std::set<std::string_view> narrow = {"_convolution",
                                           "conv1d",
                                           "conv2d",
                                           "conv3d",
                                           "conv_transpose1d",
                                           "conv_transpose2d",
                                           "conv_transpose3d",
                                           "convolution",
                                           "prelu",
                                           "addmm",
                                           "addmv",
                                           "addr",
                                           "matmul",
                                           "einsum",
                                           "mm",
                                           "mv",
                                           "linear",
                                           "addbmm",
                                           "baddbmm",
                                           "bmm",
                                           "chain_matmul",
                                           "lstm",
                                           "gru",
                                           "lstm_cell",
                                           "gru_cell",
                                           "rnn_tanh",
                                           "rnn_relu",
                                           "scaled_dot_product_attention",
                                           "linalg_multi_dot"};

const std::set<std::string_view> wide = {"acos",
                                         "asin",
                                         "cosh",
                                         "erfinv",
                                         "exp",
                                         "expm1",
                                         "log",
                                         "log10",
                                         "log2",
                                         "log1p",
                                         "reciprocal",
                                         "rsqrt",
                                         "sinh",
                                         "tan",
                                         "pow",
                                         "softplus",
                                         "layer_norm",
                                         "native_layer_norm",
                                         "group_norm",
                                         "frobenius_norm",
                                         "nuclear_norm",
                                         "cosine_similarity",
                                         "poisson_nll_loss",
                                         "cosine_embedding_loss",
                                         "nll_loss",
                                         "nll_loss2d",
                                         "hinge_embedding_loss",
                                         "kl_div",
                                         "l1_loss",
                                         "smooth_l1_loss",
                                         "huber_loss",
                                         "mse_loss",
                                         "margin_ranking_loss",
                                         "multilabel_margin_loss",
                                         "soft_margin_loss",
                                         "triplet_margin_loss",
                                         "multi_margin_loss",
                                         "binary_cross_entropy_with_logits",
                                         "dist",
                                         "pdist",
                                         "cdist",
                                         "renorm",
                                         "logsumexp",
                                         "upsample_nearest1d",
                                         "upsample_nearest2d",
                                         "upsample_nearest3d",
                                         "upsample_bilinear2d",
                                         "upsample_trilinear3d",
                                         "upsample_bicubic2d",
                                         "prod",
                                         "softmax",
                                         "log_softmax",
                                         "cumprod",
                                         "cumsum",
                                         "sum",
                                         "norm",
                                         "cross_entropy_loss"};

const std::set<std::string_view> widest = {"addcdiv",   "addcmul", "atan2",        "bilinear",  "cross",
                                           "dot",       "vdot",    "grid_sampler", "index_put", "scatter_add",
                                           "tensordot", "cat",     "stack"};

bool convertible(const at::Tensor& tensor) {
  const at::ScalarType type = tensor.defined() ? tensor.scalar_type() : at::kLong;
  return type == at::kFloat || type == at::kBFloat16 || type == at::kHalf;
}

bool holds_float(const c10::IValue& value) {
  if (value.isTensor()) return convertible(value.toTensor()) && value.toTensor().scalar_type() == at::kFloat;
  if (value.isTensorList())
    for (const at::Tensor& tensor : value.toTensorVector())
      if (convertible(tensor) && tensor.scalar_type() == at::kFloat) return true;
  return false;
}

}  // namespace

at::Tensor MixedPrecision::converted(const at::Tensor& tensor, at::ScalarType type) {
  if (!convertible(tensor) || tensor.scalar_type() == type) return tensor;
  if (!tensor.is_leaf() || !tensor.requires_grad() || type != type_) return tensor.to(type);
  auto& kept = weights_[tensor.unsafeGetTensorImpl()];
  if (!kept.first.defined()) kept = {tensor, tensor.to(type)};
  return kept.second;
}

void MixedPrecision::prepare(const c10::FunctionSchema& schema, std::span<c10::IValue> arguments) {
  const std::string_view full = schema.name();
  if (!full.starts_with("aten::")) return;
  const std::string_view name = full.substr(6);
  at::ScalarType type;
  if (narrow.contains(name)) {
    type = type_;
  } else if (wide.contains(name)) {
    type = at::kFloat;
  } else if (widest.contains(name)) {
    bool any = false;
    for (const c10::IValue& value : arguments) any = any || holds_float(value);
    type = any ? at::kFloat : type_;
  } else {
    return;
  }
  for (c10::IValue& value : arguments) {
    if (value.isTensor()) {
      value = converted(value.toTensor(), type);
    } else if (value.isTensorList()) {
      std::vector<at::Tensor> tensors = value.toTensorVector();
      for (at::Tensor& tensor : tensors) tensor = converted(tensor, type);
      value = tensors;
    }
  }
}

}  // namespace dlrun
