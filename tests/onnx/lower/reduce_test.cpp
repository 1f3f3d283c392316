// Reductions as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::reduce_test {
namespace {

TEST_CASE("reductions give the same numbers as ONNX nodes") {
  check_lowering({
      {"sum",
       [](const Tensor& x) {
         return x.sum({1, 3}) + x.sum() + x.gt(0).sum({1, 3});
       }},
      {"mean", [](const Tensor& x) { return x.mean({-1}, true) + x.mean(); }},
      {"extremes",
       [](const Tensor& x) {
         return x.amax({1, 2}) + x.amin({1, 2}) + x.max() + x.min();
       }},
      {"max_dim",
       [](const Tensor& x) {
         auto [v, i] = x.max(2);
         auto [w, j] = x.min(2, false);
         return v + i + w * j;
       }},
      {"argmax", [](const Tensor& x) { return x.argmax(1) + x.argmin(1) + x.argmax(); }},
      {"product", [](const Tensor& x) { return x.prod(2); }},
      {"variance",
       [](const Tensor& x) {
         return x.var({1, 2}) + x.std({1, 2}) + x.var(0, false).sum(0).sum(0) + x.var();
       }},
      {"norm",
       [](const Tensor& x) {
         return x.norm(2, {1}) + at::linalg_vector_norm(x, 1, {1}) + at::linalg_vector_norm(x, INFINITY, {1});
       }},
      {"logsumexp",
       [](const Tensor& x) {
         return x.logsumexp({1, 2});
       }},
      {"any_all", [](const Tensor& x) { return x.gt(1).any(2).logical_or(x.gt(-1).all(2)); }},
      {"count_nonzero",
       [](const Tensor& x) {
         return at::count_nonzero(x.relu(), {1, 2});
       }},
      {"cumsum", [](const Tensor& x) { return x.cumsum(2); }},
      {"reductions_18",
       [](const Tensor& x) {
         return x.mean({1, 2}) + x.amax({1, 2}) + x.sum({1, 2});
       },
       {4, 6, 6},
       18},
  });
}

}  // namespace
}  // namespace dlrun::test::reduce_test
