// Operations of recurrent layers: every matrix of weights meets every step of every sequence once.

#include "tensor/operations/families.h"

#include <ATen/core/function_schema.h>

namespace dlrun::operations_of {
namespace {

int64_t matrices(const c10::IValue& list) {
  int64_t weights = 0;
  for (const at::Tensor& weight : list.toTensorVector())
    if (weight.dim() == 2) weights += weight.numel();
  return weights;
}

// (input [steps, batch, features], state, weights, ...) or, packed, (data [steps, features], lengths, state, weights).
int64_t layer(const TappedCall& call) {
  const bool packed = call.schema->overload_name() == "data";
  const at::Tensor input = tensor(call, 0);
  if (input.numel() == 0) return 0;
  return 2 * matrices(call.arguments[packed ? 3 : 2]) * (input.numel() / input.size(-1));
}

// dlrun's own: (input [batch, steps, features], weights).
int64_t own_layer(const TappedCall& call) {
  const at::Tensor input = tensor(call, 0);
  if (input.numel() == 0) return 0;
  return 2 * matrices(call.arguments[1]) * (input.numel() / input.size(-1));
}

// (input [batch, features], state, weights of the input, weights of the state, ...)
int64_t cell(const TappedCall& call) {
  return 2 * tensor(call, 0).size(0) * (tensor(call, 2).numel() + tensor(call, 3).numel());
}

constexpr Formula recurrent_formulas[] = {
    {"aten::lstm", layer},     {"aten::gru", layer},       {"aten::rnn_tanh", layer},     {"aten::rnn_relu", layer},
    {"aten::lstm_cell", cell}, {"aten::gru_cell", cell},   {"aten::rnn_tanh_cell", cell}, {"aten::rnn_relu_cell", cell},
    {"dlrun::gru", own_layer}, {"dlrun::lstm", own_layer},
};

}  // namespace

std::span<const Formula> recurrent() { return recurrent_formulas; }

}  // namespace dlrun::operations_of
