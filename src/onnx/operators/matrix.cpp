// Products of matrices.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

OnnxKernel matrix_product(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    return at::matmul(in[0], in[1]);
  });
}

OnnxKernel general_product(OnnxNodeReader& node) {
  node.arity(2, 3);
  const double alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  const bool turn_a = node.flag("transA", false), turn_b = node.flag("transB", false);
  return one_output([=](OnnxInputs in) {
    expect_same_type(in);
    const at::Tensor a = turn_a ? in[0].t() : in[0], b = turn_b ? in[1].t() : in[1];
    if (in.size() > 2 && in[2].defined()) return at::addmm(in[2], a, b, beta, alpha);
    const at::Tensor result = at::mm(a, b);
    return alpha == 1 ? result : result * alpha;
  });
}

OnnxKernel einsum(OnnxNodeReader& node) {
  node.arity(1, 1 << 10);
  const std::string equation = node.text("equation", "", {});
  if (equation.empty()) refuse("attribute 'equation' is missing");
  return one_output([equation](OnnxInputs in) {
    expect_same_type(in);
    return at::einsum(equation, at::TensorList(in.data(), in.size()));
  });
}

const OnnxRegistered entries{{"Einsum", einsum}, {"Gemm", general_product}, {"MatMul", matrix_product}};

}  // namespace
}  // namespace dlrun
