// Convolutions as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::convolution_test {
namespace {

TEST_CASE("convolutions give the same numbers as ONNX nodes") {
  check_lowering({
      {"conv1d",
       [](const Tensor& x) {
         return at::conv1d(x.select(2, 0), weights({5, 4, 3}), weights({5}), 2, 1);
       }},
      {"conv2d",
       [](const Tensor& x) {
         return at::conv2d(x, weights({6, 2, 3, 2}), {}, {2, 1}, {1, 0}, {1, 2}, 2);
       }},
      {"conv2d_same",
       [](const Tensor& x) {
         return at::conv2d(x, weights({2, 4, 4, 3}), {}, 1, "same");
       }},
      {"conv3d",
       [](const Tensor& x) {
         return at::conv3d(x.unsqueeze(1), weights({2, 1, 2, 3, 3}), weights({2}), 1, 1);
       }},
      {"conv_transpose1d",
       [](const Tensor& x) {
         return at::conv_transpose1d(x.select(2, 0), weights({4, 3, 3}), weights({3}), 2, 1, 1);
       }},
      {"conv_transpose2d",
       [](const Tensor& x) {
         return at::conv_transpose2d(x, weights({4, 3, 3, 3}), weights({6}), 2, 1, 1, 2);
       }},
  });
}

}  // namespace
}  // namespace dlrun::test::convolution_test
