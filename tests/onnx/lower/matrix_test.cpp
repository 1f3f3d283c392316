// Products of matrices as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::matrix_test {
namespace {

TEST_CASE("products of matrices give the same numbers as ONNX nodes") {
  check_lowering({
      {"linear",
       [](const Tensor& x) {
         return at::linear(x, weights({3, 6}), weights({3}));
       }},
      {"linear_rows",
       [](const Tensor& x) {
         return at::linear(x, weights({3, 6}), weights({3})) + at::linear(x, weights({6, 3}).t());
       },
       kRow},
      {"matmul",
       [](const Tensor& x) {
         return x.matmul(x.transpose(2, 3)).matmul(weights({6, 2}));
       }},
      {"bmm", [](const Tensor& x) { return at::bmm(x.select(1, 0), x.select(1, 1)); }},
      {"addmm",
       [](const Tensor& x) {
         return at::addmm(weights({3}), x, weights({6, 3}), 0.5, 2);
       },
       kRow},
      {"baddbmm", [](const Tensor& x) { return at::baddbmm(x.select(1, 0), x.select(1, 1), x.select(1, 2), 0.5, 2); }},
      {"einsum",
       [](const Tensor& x) {
         return at::einsum("bchw, wk -> bkc", {x, weights({6, 2})});
       }},
  });
}

}  // namespace
}  // namespace dlrun::test::matrix_test
