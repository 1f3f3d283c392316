// Layers of gated recurrent units and of long short-term memory, each as one operator.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

// Whether gru and lstm take this: float, on the CPU (or on `meta`, where only shapes are computed), at least one
// number.
bool recurrent_layer_takes(const at::Tensor& input, const at::Tensor& weight_ih);

// The states of one layer from a state of 0, with gradients: the operator dlrun::gru. input [B, T, I]; weights and
// biases as torch.nn.GRU's, [3 H, I], [3 H, H], [3 H], [3 H], four for the way onward and, where it goes both ways,
// four for the way back -> [B, T, H] or [B, T, 2 H], of which the steps lie one behind the other. The input's products
// are one matrix product for all steps, as are the gradients of the weights; each step is a product of the state and
// one pass over its gates. Results differ from at::gru's by rounding only.
at::Tensor gru(const at::Tensor& input, at::TensorList weights);

// The same of long short-term memory, the operator dlrun::lstm, with torch.nn.LSTM's weights and biases: [4 H, I],
// [4 H, H], [4 H], [4 H].
at::Tensor lstm(const at::Tensor& input, at::TensorList weights);

}  // namespace dlrun
