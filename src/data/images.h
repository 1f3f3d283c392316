// Pictures between files and tensors. The decoder is a plugin (libdlrun_images.so), loaded at the first call.

#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <string_view>

namespace dlrun {

// By the first 16 bytes. Other formats are BMP, WebP, TIFF and PNM, which a plugin of its own reads
// (libdlrun_formats.so, by OpenCV), loaded when the first of them is met.
enum class PictureFormat { none, jpeg_or_png, other };
PictureFormat picture_format(std::string_view beginning);

// What the head of a picture says, before its pixels are touched.
struct ImageFacts {
  int64_t height = 0, width = 0;  // as stored, before it is turned
  int64_t channels = 3;           // 1 grey, 3 colour (a palette too), 4 CMYK; alpha does not count
  int64_t bits = 8;               // of one number; of a palette those of its index
  int orientation = 1;            // 1 to 8 as in Exif: how a camera was held; 1 where nothing is said
  bool jpeg = false, palette = false;
  bool alpha = false;  // a channel of it, or colours that are marked transparent
};

// From the first bytes of the file. Nothing: its head does not end within them. Throws UserError(bad_data) where it is
// no picture, its head is damaged, or it promises more than 134 million pixels. Any thread.
std::optional<ImageFacts> look_at_image(std::string_view beginning, const std::string& name);

struct DecodeOptions {
  int64_t channels = 3;  // 1 (grey: 0.299 R + 0.587 G + 0.114 B) or 3 (RGB)
  bool deep = false;     // uint16 in [0, 65535] instead of uint8 in [0, 255], whatever the file holds
  int orientation = 0;   // 1 to 8: turn it so; 0: as it asks for itself
};

// An encoded picture -> uint8 or uint16 [channels, H, W], as a person sees it: turned, but without its alpha. `name`
// stands for the picture in messages. Throws UserError(bad_data) when it is damaged, cut short, no picture, or larger
// than 134 million pixels. `loose_bytes`: how many bytes among its pixels belong to none, which may be damage. Any
// thread.
at::Tensor decode_image(std::string_view bytes, const DecodeOptions& options, const std::string& name,
                        int64_t* loose_bytes = nullptr);

// uint8 [1 or 3, H, W] -> the bytes of a PNG file.
std::string encode_png(const at::Tensor& image);

// Writes a picture: uint8, or float in [0, 1] (clamped). Throws UserError(cannot_write).
void write_png(const std::string& path, const at::Tensor& image);

// [N, C, H, W] -> [C, H', W'], `columns` pictures in a row with a line of `gap` pixels (0: black) between them; dtype
// kept.
at::Tensor image_grid(const at::Tensor& images, int64_t columns, int64_t gap = 2);

// uint8 or uint16 [C, H, W] -> [C, height, width], bilinear with antialiasing, as torchvision's resize. Plain loops,
// any thread.
at::Tensor resize_image(const at::Tensor& image, int64_t height, int64_t width);
// The same by the value of the pixel in whose place a new one's centre falls, as Pillow's NEAREST.
at::Tensor resize_nearest(const at::Tensor& image, int64_t height, int64_t width);

}  // namespace dlrun
