// Changes of shape as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::shape_test {
namespace {

TEST_CASE("changes of shape give the same numbers as ONNX nodes") {
  check_lowering({
      {"flatten",
       [](const Tensor& x) {
         return x.flatten(1).unflatten(1, {2, -1});
       }},
      {"view_of_all", [](const Tensor& x) { return x.reshape({-1}); }},
      {"batch_into_rows",
       [](const Tensor& x) {
         return x.reshape({x.size(0) * 4, 36});
       }},
      {"two_sizes_follow",
       [](const Tensor& x) {
         return x.reshape({x.size(0), 1, 4, 36}).expand({x.size(0), x.size(0), 4, 36});
       }},
      {"permute",
       [](const Tensor& x) {
         return x.permute({2, 0, -1, 1}).contiguous();
       }},
      {"transpose", [](const Tensor& x) { return x.transpose(1, -1).mT().transpose(1, 2) + x.swapaxes(2, 3); }},
      {"movedim", [](const Tensor& x) { return x.movedim(1, 3); }},
      {"squeeze", [](const Tensor& x) { return x.unsqueeze(1).unsqueeze(-1).squeeze(1).squeeze(); }},
      {"expand", [](const Tensor& x) { return x.mean(1, true).expand_as(x); }},
      {"repeat",
       [](const Tensor& x) {
         return x.repeat({2, 1, 3, 1}).repeat_interleave(2, 1);
       }},
      {"slice", [](const Tensor& x) { return x.slice(2, 1, -1, 2); }},
      {"narrow", [](const Tensor& x) { return x.narrow(3, 2, 3) + x.slice(3, 1, 4); }},
      {"slice_of_batch", [](const Tensor& x) { return x.slice(0, 0, x.size(0) - 1); }},
      {"select", [](const Tensor& x) { return x.select(1, 2).sum(1) + x.select(2, -1).sum(1); }},
      {"flip",
       [](const Tensor& x) {
         return x.flip({1, 3});
       }},
      {"roll",
       [](const Tensor& x) {
         return x.roll({2, -1}, {2, 3});
       }},
      {"cat",
       [](const Tensor& x) {
         return at::cat({x, x.tanh(), x.slice(1, 0, 1)}, 1);
       }},
      {"cat_types",
       [](const Tensor& x) {
         return at::cat({x, whole(x)}, -1);
       }},
      {"stack",
       [](const Tensor& x) {
         return at::stack({x, x.neg()}, 2);
       }},
      {"split",
       [](const Tensor& x) {
         auto p = x.split(4, 3);
         return p[0].sum(3) * p[1].sum(3);
       }},
      {"chunk",
       [](const Tensor& x) {
         auto p = x.chunk(2, 1);
         return p[0] - p[1];
       }},
      {"split_with_sizes",
       [](const Tensor& x) {
         auto p = x.split_with_sizes({1, 3}, 1);
         return p[1] - p[0];
       }},
      {"unbind",
       [](const Tensor& x) {
         auto p = x.unbind(1);
         return p[0] - p[3];
       }},
      {"triangles", [](const Tensor& x) { return x.tril(1) + x.triu(-1); }},
  });
}

}  // namespace
}  // namespace dlrun::test::shape_test
