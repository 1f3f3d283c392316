// Comparison, logic and bits, with broadcasting; and choosing by a condition.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

template <Binary function>
OnnxKernel binary(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    return function(in[0], in[1]);
  });
}

OnnxKernel where(OnnxNodeReader& node) {
  node.arity(3, 3);
  return one_output([](OnnxInputs in) {
    if (in[0].scalar_type() != at::kBool) refuse("its condition must be bool");
    expect_same_type(in.subspan(1));
    return at::where(in[0], in[1], in[2]);
  });
}

OnnxKernel bit_shift(OnnxNodeReader& node) {
  node.arity(2, 2);
  const bool left = node.text("direction", "", {"LEFT", "RIGHT"}) == "LEFT";
  return one_output([left](OnnxInputs in) {
    expect_same_type(in);
    return left ? at::bitwise_left_shift(in[0], in[1]) : at::bitwise_right_shift(in[0], in[1]);
  });
}

const OnnxRegistered comparison_entries{
    {"And", binary<at::logical_and>},
    {"BitShift", widened<bit_shift>, 11},
    {"BitwiseAnd", binary<at::bitwise_and>, 18},
    {"BitwiseOr", binary<at::bitwise_or>, 18},
    {"BitwiseXor", binary<at::bitwise_xor>, 18},
    {"Equal", binary<at::eq>},
    {"Greater", widened<binary<at::gt>, 0>},
    {"GreaterOrEqual", widened<binary<at::ge>, 0>, 12},
    {"Less", widened<binary<at::lt>, 0>},
    {"LessOrEqual", widened<binary<at::le>, 0>, 12},
    {"Or", binary<at::logical_or>},
    {"Where", widened<where, 1, 1>, 9},
    {"Xor", binary<at::logical_xor>},
};

}  // namespace
}  // namespace dlrun
