// Normalisations as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::normalization_test {
namespace {

TEST_CASE("normalisations give the same numbers as ONNX nodes") {
  check_lowering({
      {"batch_norm",
       [](const Tensor& x) {
         return at::batch_norm(x, weights({4}), weights({4}), weights({4}), above_zero(weights({4})), false, 0.1, 1e-3,
                               false);
       }},
      {"batch_norm_plain",
       [](const Tensor& x) {
         return at::batch_norm(x, {}, {}, weights({4}), above_zero(weights({4})), false, 0.1, 1e-3, false);
       }},
      {"layer_norm",
       [](const Tensor& x) {
         return at::layer_norm(x, {6, 6}, weights({6, 6}), weights({6, 6})) + at::layer_norm(x, {6});
       }},
      {"layer_norm_13",
       [](const Tensor& x) { return at::layer_norm(x, {6}, weights({6}), weights({6})); },
       {4, 6, 6},
       13},
      {"group_norm",
       [](const Tensor& x) { return at::group_norm(x, 2, weights({4}), weights({4})) + at::group_norm(x, 1); }},
      {"instance_norm",
       [](const Tensor& x) {
         return at::instance_norm(x, weights({4}), weights({4}), {}, {}, true, 0.1, 1e-5, false);
       }},
      {"rms_norm", [](const Tensor& x) { return at::rms_norm(x, {6}, weights({6}), 1e-4); }},
  });
}

}  // namespace
}  // namespace dlrun::test::normalization_test
