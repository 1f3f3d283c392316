// Unsigned numbers of 16 bits and more, for kernels that ATen has none of for them.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

bool is_wide(const at::Tensor& x) {
  const at::ScalarType type = x.defined() ? x.scalar_type() : at::kByte;
  return type == at::kUInt16 || type == at::kUInt32 || type == at::kUInt64;
}

at::Tensor signed_of(const at::Tensor& x) {
  const at::Tensor result = x.to(at::kLong);
  if (x.scalar_type() == at::kUInt64 && result.lt(0).any().item<bool>())
    refuse("unsigned numbers of 2^63 and more are not supported");
  return result;
}

}  // namespace

OnnxKernel as_signed(OnnxKernel kernel, size_t typed, size_t like) {
  return [=](OnnxInputs in) -> OnnxOutputs {
    if (std::none_of(in.begin(), in.end(), is_wide)) return kernel(in);
    OnnxOutputs inputs;
    for (const at::Tensor& input : in) inputs.push_back(is_wide(input) ? signed_of(input) : input);
    OnnxOutputs outputs = kernel(inputs);
    if (like >= in.size() || !is_wide(in[like])) return outputs;
    // What does not fit into the type goes round, as it does in it.
    for (size_t i = 0; i < std::min(typed, outputs.size()); ++i) outputs[i] = outputs[i].to(in[like].scalar_type());
    return outputs;
  };
}

}  // namespace dlrun
