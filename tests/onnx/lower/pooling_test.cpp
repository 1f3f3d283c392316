// Pooling as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::pooling_test {
namespace {

TEST_CASE("pooling gives the same numbers as ONNX nodes") {
  check_lowering({
      {"max_pool2d", [](const Tensor& x) { return at::max_pool2d(x, 3, 2, 1); }},
      {"max_pool2d_ceil",
       [](const Tensor& x) { return at::max_pool2d(x, 3, 2, 0, 1, true) + at::max_pool2d(x, 2, 2, 0, 2, true).sum(); }},
      {"max_pool1d", [](const Tensor& x) { return at::max_pool1d(x.select(1, 0), 2); }},
      {"avg_pool2d",
       [](const Tensor& x) { return at::avg_pool2d(x, 3, 2, 1) + at::avg_pool2d(x, 3, 2, 1, false, false); }},
      {"avg_pool3d",
       [](const Tensor& x) {
         return at::avg_pool3d(x.unsqueeze(1), {2, 3, 3});
       }},
      {"adaptive_avg_pool",
       [](const Tensor& x) {
         return at::adaptive_avg_pool2d(x, {1, 1}) + at::adaptive_avg_pool2d(x, {3, 2}).sum({2, 3}, true);
       }},
      {"adaptive_avg_pool_uneven",
       [](const Tensor& x) {
         return at::adaptive_avg_pool2d(x, {4, 5});
       }},
      {"adaptive_max_pool",
       [](const Tensor& x) {
         return std::get<0>(at::adaptive_max_pool2d(x, {3, 2}));
       }},
  });
}

}  // namespace
}  // namespace dlrun::test::pooling_test
