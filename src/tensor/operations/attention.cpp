// Operations of attention: products of queries with keys, and of their weights with values.

#include "tensor/operations/families.h"

namespace dlrun::operations_of {
namespace {

struct Sizes {
  int64_t heads, queries, keys, width, value_width;  // heads of all samples together
};

// Tensors [..., length, width].
Sizes sizes_of(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  return {query.numel() / (query.size(-1) * query.size(-2)), query.size(-2), key.size(-2), query.size(-1),
          value.size(-1)};
}

int64_t forward(const TappedCall& call) {
  const Sizes s = sizes_of(tensor(call, 0), tensor(call, 1), tensor(call, 2));
  return 2 * s.heads * s.queries * s.keys * (s.width + s.value_width);
}

// (gradient, query, key, value, ...): the scores again, then the gradients of weights, values, queries and keys.
int64_t backward(const TappedCall& call) {
  const Sizes s = sizes_of(tensor(call, 1), tensor(call, 2), tensor(call, 3));
  return 2 * s.heads * s.queries * s.keys * (3 * s.width + 2 * s.value_width);
}

constexpr Formula attention_formulas[] = {
    {"aten::scaled_dot_product_attention", forward},
    {"aten::_scaled_dot_product_flash_attention", forward},
    {"aten::_scaled_dot_product_flash_attention_for_cpu", forward},
    {"aten::_scaled_dot_product_efficient_attention", forward},
    {"aten::_scaled_dot_product_cudnn_attention", forward},
    {"aten::_scaled_dot_product_flash_attention_backward", backward},
    {"aten::_scaled_dot_product_flash_attention_for_cpu_backward", backward},
    {"aten::_scaled_dot_product_efficient_attention_backward", backward},
    {"aten::_scaled_dot_product_cudnn_attention_backward", backward},
};

}  // namespace

std::span<const Formula> attention() { return attention_formulas; }

}  // namespace dlrun::operations_of
