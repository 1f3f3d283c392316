// Resizing, padding and shuffling of pictures as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::resize_test {
namespace {

TEST_CASE("resizing, padding and shuffling give the same numbers as ONNX nodes") {
  check_lowering({
      {"upsample_nearest",
       [](const Tensor& x) {
         return at::upsample_nearest2d(x, {12, 9});
       }},
      {"upsample_bilinear",
       [](const Tensor& x) {
         return at::upsample_bilinear2d(x, {9, 13}, false) + at::upsample_bilinear2d(x, {9, 13}, true);
       }},
      {"upsample_bicubic",
       [](const Tensor& x) {
         return at::upsample_bicubic2d(x, {9, 12}, false);
       }},
      {"pad",
       [](const Tensor& x) {
         return at::constant_pad_nd(x, {1, 2, 0, 1}, 0.5).sum() + at::reflection_pad2d(x, {1, 2, 2, 1}) +
                at::replication_pad2d(x, {1, 2, 2, 1});
       }},
      {"pixel_shuffle", [](const Tensor& x) { return at::pixel_shuffle(x, 2); }},
      {"pixel_unshuffle", [](const Tensor& x) { return at::pixel_unshuffle(x, 3); }},
      {"channel_shuffle", [](const Tensor& x) { return at::channel_shuffle(x, 2); }},
  });
}

}  // namespace
}  // namespace dlrun::test::resize_test
