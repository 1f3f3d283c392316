// Comparisons, logic and choices as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::compare_test {
namespace {

TEST_CASE("comparisons, logic and choices give the same numbers as ONNX nodes") {
  check_lowering({
      {"comparisons",
       [](const Tensor& x) { return (x > 0).to(at::kFloat) + x.lt(0.5) + x.ge(x.tanh()) + x.le(-0.2) + x.ne(1); }},
      {"integer_comparison", [](const Tensor& x) { return whole(x).eq(1).logical_or(whole(x) > 0.5); }},
      {"logic", [](const Tensor& x) { return (x > 0).logical_and(x < 1).logical_xor(x > 0.5).logical_not(); }},
      {"where", [](const Tensor& x) { return at::where(x > 0, x, x * 0.1) + at::where(x > 0, 1.0, 2.0); }},
      {"masked_fill", [](const Tensor& x) { return x.masked_fill(x > 0.3, -7.5); }},
      {"finite", [](const Tensor& x) { return (x.relu() / x.relu()).isnan().logical_or((1 / x.relu()).isinf()); }},
      {"conversions", [](const Tensor& x) { return x.to(at::kDouble).to(at::kInt).to(at::kBool); }},
  });
}

}  // namespace
}  // namespace dlrun::test::compare_test
