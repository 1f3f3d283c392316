// Activations as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::activation_test {
namespace {

TEST_CASE("activations give the same numbers as ONNX nodes") {
  check_lowering({
      {"relu", [](const Tensor& x) { return x.relu(); }},
      {"relu6", [](const Tensor& x) { return at::relu6(x * 4); }},
      {"leaky_relu", [](const Tensor& x) { return at::leaky_relu(x, 0.2); }},
      {"gelu", [](const Tensor& x) { return at::gelu(x); }},
      {"gelu_tanh", [](const Tensor& x) { return at::gelu(x, "tanh"); }},
      {"gelu_20", [](const Tensor& x) { return at::gelu(x) + at::gelu(x, "tanh"); }, kRow, 20},
      {"silu", [](const Tensor& x) { return at::silu(x); }},
      {"elu", [](const Tensor& x) { return at::elu(x, 0.7, 1.3); }},
      {"selu", [](const Tensor& x) { return at::selu(x); }},
      {"celu", [](const Tensor& x) { return at::celu(x, 0.6); }},
      {"hardtanh", [](const Tensor& x) { return at::hardtanh(x, -0.4, 0.7); }},
      {"hardsigmoid", [](const Tensor& x) { return at::hardsigmoid(x * 3); }},
      {"hardswish", [](const Tensor& x) { return at::hardswish(x * 3); }},
      {"softplus", [](const Tensor& x) { return at::softplus(x, 2.0); }},
      {"log_sigmoid", [](const Tensor& x) { return at::log_sigmoid(x); }},
      {"mish", [](const Tensor& x) { return at::mish(x); }},
      {"softshrink", [](const Tensor& x) { return at::softshrink(x, 0.3) + at::hardshrink(x, 0.4); }},
      {"threshold", [](const Tensor& x) { return at::threshold(x, 0.2, -1.0); }},
      {"prelu",
       [](const Tensor& x) {
         return at::prelu(x, at::tensor({0.1, 0.2, 0.3, 0.4}).to(at::kFloat));
       }},
      {"glu", [](const Tensor& x) { return at::glu(x, 1); }},
      {"softmax", [](const Tensor& x) { return x.softmax(1) + x.log_softmax(-1); }},
  });
}

}  // namespace
}  // namespace dlrun::test::activation_test
