// New tensors as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::create_test {
namespace {

TEST_CASE("new tensors give the same numbers as ONNX nodes") {
  check_lowering({
      {"created",
       [](const Tensor& x) {
         return at::zeros_like(x) + at::ones({x.size(0), 1, 1, 1}) + at::full({x.size(0), 1, 1, 1}, 2.5);
       }},
      {"arange",
       [](const Tensor& x) {
         return x.sum({1, 2, 3}) + at::arange(x.size(0)) + at::arange(1, x.size(0) + 1, 1);
       }},
      {"size_as_a_number", [](const Tensor& x) { return x * x.size(0) + whole(x) * x.size(0); }},
      {"eye", [](const Tensor& x) { return at::eye(x.size(0)); }},
      {"filled_in_place",
       [](const Tensor& x) {
         return at::empty({x.size(0), 1, 1, 1}).fill_(3) + x;
       }},
  });
}

}  // namespace
}  // namespace dlrun::test::create_test
