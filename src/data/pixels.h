// Pixel arithmetic of whole batches in plain loops, safe to call from loader threads.

#pragma once

#include <ATen/ATen.h>

#include <span>
#include <string>
#include <vector>

namespace dlrun {

// The memory of one image as rows of pixels, whatever its layout: one plane per channel, or one plane of interleaved
// pixels (channels_last).
struct PixelRows {
  char* data = nullptr;
  int64_t planes = 0, height = 0, width = 0;
  size_t pixel_bytes = 0;
  char* row(int64_t plane, int64_t y) const {
    return data + static_cast<size_t>((plane * height + y) * width) * pixel_bytes;
  }
};

// The highest value of pixels that are integers, 255 or 65535; 1 of those in [0, 1] or normalized.
double white_of(at::ScalarType type);

// The images of a batch, [B, C, H, W] uint8, uint16 or float, in one of the two layouts; copied only when they are in
// neither.
at::Tensor dense_images(const at::Tensor& images);
// Image i of dense_images().
PixelRows pixel_rows(const at::Tensor& images, int64_t i);
// Throws UserError(bad_recipe) unless a sample has the shape of an image, [C, H, W].
void require_image(const std::string& augmentation, const std::vector<int64_t>& shape);

// images [B, C, H, W] uint8, uint16 or float, any memory format -> float, `value * scale[c] + shift[c]`. The result has
// channels_last strides where C > 1. Sizes of `scale` and `shift` are C.
at::Tensor scale_pixels(const at::Tensor& images, std::span<const float> scale, std::span<const float> shift);

// uint8 or uint16 [B, C, H, W] -> float in [0, 1].
at::Tensor unit_pixels(const at::Tensor& images);

}  // namespace dlrun
