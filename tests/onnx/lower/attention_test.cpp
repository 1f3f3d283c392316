// Attention as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::attention_test {
namespace {

TEST_CASE("attention gives the same numbers as ONNX nodes") {
  check_lowering({
      {"attention", [](const Tensor& x) { return at::scaled_dot_product_attention(x, x.tanh(), x * 2); }},
      {"attention_causal",
       [](const Tensor& x) { return at::scaled_dot_product_attention(x, x, x, {}, 0.0, true, 0.7); }},
      {"attention_mask",
       [](const Tensor& x) {
         return at::scaled_dot_product_attention(x, x, x, at::ones({6, 6}, at::kBool).tril(1)) +
                at::scaled_dot_product_attention(x, x, x, weights({6, 6}));
       }},
      {"attention_over_batch", [](const Tensor& x) { return at::scaled_dot_product_attention(x, x, x, {}, 0.0, true); },
       kRow},
  });
}

}  // namespace
}  // namespace dlrun::test::attention_test
