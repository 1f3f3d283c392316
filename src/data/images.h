// Pictures between files and tensors. The decoder is a plugin (libdlrun_images.so), loaded at the first call.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>

namespace dlrun {

// JPEG or PNG -> uint8 [channels, H, W] in [0, 255]; channels is 1 (grey) or 3 (RGB). An alpha channel is left out.
// `name` stands for the picture in messages. Throws UserError(bad_data) when it is damaged, cut short, no JPEG or PNG,
// or larger than 134 million pixels. Any thread.
at::Tensor decode_image(std::string_view bytes, int64_t channels, const std::string& name);

// uint8 [1 or 3, H, W] -> the bytes of a PNG file.
std::string encode_png(const at::Tensor& image);

// Writes a picture: uint8, or float in [0, 1] (clamped). Throws UserError(cannot_write).
void write_png(const std::string& path, const at::Tensor& image);

// [N, C, H, W] -> [C, H', W'], `columns` pictures in a row with a line of `gap` pixels (0: black) between them; dtype
// kept.
at::Tensor image_grid(const at::Tensor& images, int64_t columns, int64_t gap = 2);

// uint8 [C, H, W] -> [C, height, width], bilinear with antialiasing, as torchvision's resize. Plain loops, any thread.
at::Tensor resize_image(const at::Tensor& image, int64_t height, int64_t width);
// The same by the value of the pixel in whose place a new one's centre falls, as Pillow's NEAREST.
at::Tensor resize_nearest(const at::Tensor& image, int64_t height, int64_t width);

}  // namespace dlrun
