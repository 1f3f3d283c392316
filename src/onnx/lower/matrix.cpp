// Products of matrices.

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// input [..., in] times weight [out, in] transposed, plus bias
void linear(Call& call) {
  const std::string x = call.tensor("input"), weight = call.tensor("weight"), bias = call.tensor("bias");
  if (call.rank("weight") == 1) return call.result(call.add("MatMul", {x, weight}));
  if (call.rank("input") == 2 && !bias.empty() && call.rank("bias") == 1) {
    if (call.graph.is_transposed(weight))
      return call.result(call.add("Gemm", {x, call.graph.transposed(weight), bias}));
    return call.result(call.add("Gemm", {x, weight, bias}, {{"transB", int64_t{1}}}));
  }
  const std::string product = call.add("MatMul", {x, call.graph.transposed(weight)});
  call.result(bias.empty() ? product : call.add("Add", {product, bias}));
}

// beta * self + alpha * product
std::string plus_product(Call& call, std::string product, const char* self) {
  const double alpha = call.has("alpha") ? call.number("alpha") : 1.0;
  const double beta = call.has("beta") ? call.number("beta") : 1.0;
  if (alpha != 1.0) product = call.add("Mul", {product, constant(call, alpha)});
  if (beta == 0.0) return product;
  std::string added = call.tensor(self);
  if (beta != 1.0) added = call.add("Mul", {added, constant(call, beta)});
  return call.add("Add", {product, added});
}

const LoweringOf linear_of{{"linear"}, linear};
const LoweringOf matmul{{"matmul", "linalg_matmul"}, [](Call& call) {
                          call.result(call.add("MatMul", {call.tensor("self"), call.tensor("other")}));
                        }};
const LoweringOf mm{{"mm", "bmm"}, [](Call& call) {
                      call.result(call.add("MatMul", {call.tensor("self"), call.tensor("mat2")}));
                    }};
const LoweringOf mv{{"mv"}, [](Call& call) {
                      call.result(call.add("MatMul", {call.tensor("self"), call.tensor("vec")}));
                    }};
const LoweringOf dot{{"dot", "vdot"}, [](Call& call) {
                       call.result(call.add("MatMul", {call.tensor("self"), call.tensor("tensor")}));
                     }};
const LoweringOf addmm{{"addmm"}, [](Call& call) {
                         call.result(call.add("Gemm", {call.tensor("mat1"), call.tensor("mat2"), call.tensor("self")},
                                              {{"alpha", static_cast<float>(call.number("alpha"))},
                                               {"beta", static_cast<float>(call.number("beta"))}}));
                       }};
const LoweringOf baddbmm{
    {"baddbmm"}, [](Call& call) {
      const std::string product = call.add("MatMul", {call.tensor("batch1"), call.tensor("batch2")});
      call.result(plus_product(call, product, "self"));
    }};
const LoweringOf addmv{{"addmv"}, [](Call& call) {
                         const std::string product = call.add("MatMul", {call.tensor("mat"), call.tensor("vec")});
                         call.result(plus_product(call, product, "self"));
                       }};
const LoweringOf outer{{"outer", "ger"}, [](Call& call) {
                         const std::string column = call.graph.unsqueeze(call.tensor("self"), {1});
                         call.result(call.add("Mul", {column, call.tensor("vec2")}));
                       }};
const LoweringOf einsum{{"einsum"}, [](Call& call) {
                          std::string equation;
                          for (const char letter : call.text("equation"))
                            if (letter != ' ') equation += letter;
                          call.result(call.add("Einsum", call.tensors("tensors"), {{"equation", equation}}));
                        }};

}  // namespace
}  // namespace dlrun
