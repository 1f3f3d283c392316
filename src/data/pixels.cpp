// Pixel arithmetic of whole batches in plain loops: ATen's operators would start a thread team per loader thread.

#include "data/pixels.h"

#include <vector>

#include "base/error.h"

namespace dlrun {

double white_of(at::ScalarType type) { return type == at::kByte ? 255.0 : type == at::kUInt16 ? 65535.0 : 1.0; }

at::Tensor dense_images(const at::Tensor& images) {
  const bool known = images.scalar_type() == at::kFloat || white_of(images.scalar_type()) != 1.0;
  TORCH_CHECK(images.dim() == 4 && known, "images are uint8, uint16 or float [B, C, H, W]");
  const bool dense = images.is_contiguous() || images.is_contiguous(at::MemoryFormat::ChannelsLast);
  return dense ? images : images.contiguous();
}

PixelRows pixel_rows(const at::Tensor& images, int64_t i) {
  const bool planar = images.is_contiguous();
  const size_t bytes = images.element_size() * static_cast<size_t>(planar ? 1 : images.size(1));
  return {static_cast<char*>(images.data_ptr()) + static_cast<size_t>(i * images.stride(0)) * images.element_size(),
          planar ? images.size(1) : 1, images.size(2), images.size(3), bytes};
}

void require_image(const std::string& augmentation, const std::vector<int64_t>& shape) {
  if (shape.size() == 3) return;
  throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation +
                                            ": works on images [channels, height, width]; these samples have " +
                                            std::to_string(shape.size()) + " dimensions");
}

namespace {

// One plane: count values of one channel, `step` apart in the result.
template <class Value>
void scale_plane(const Value* from, float* to, int64_t count, int64_t step, float scale, float shift) {
  if (step == 1) {
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) * scale + shift;
  } else {
    for (int64_t i = 0; i < count; ++i) to[i * step] = static_cast<float>(from[i]) * scale + shift;
  }
}

// Three planes into interleaved pixels: one pass over the result instead of three.
template <class Value>
void scale_rgb(const Value* from, float* to, int64_t count, const float* scale, const float* shift) {
  const Value *red = from, *green = from + count, *blue = from + 2 * count;
  for (int64_t i = 0; i < count; ++i) {
    to[3 * i] = static_cast<float>(red[i]) * scale[0] + shift[0];
    to[3 * i + 1] = static_cast<float>(green[i]) * scale[1] + shift[1];
    to[3 * i + 2] = static_cast<float>(blue[i]) * scale[2] + shift[2];
  }
}

// Interleaved pixels stay interleaved.
template <class Value>
void scale_interleaved(const Value* from, float* to, int64_t pixels, int64_t channels, const float* scale,
                       const float* shift) {
  for (int64_t i = 0; i < pixels; ++i)
    for (int64_t c = 0; c < channels; ++c)
      to[i * channels + c] = static_cast<float>(from[i * channels + c]) * scale[c] + shift[c];
}

template <class Value>
void scale_images(const at::Tensor& images, at::Tensor& result, const float* scale, const float* shift) {
  const int64_t batch = images.size(0), channels = images.size(1), plane = images.size(2) * images.size(3);
  const Value* from = images.const_data_ptr<Value>();
  float* to = result.data_ptr<float>();
  if (!images.is_contiguous()) return scale_interleaved(from, to, batch * plane, channels, scale, shift);
  for (int64_t b = 0; b < batch; ++b, from += channels * plane, to += channels * plane) {
    if (channels == 3) {
      scale_rgb(from, to, plane, scale, shift);
    } else {
      for (int64_t c = 0; c < channels; ++c) scale_plane(from + c * plane, to + c, plane, channels, scale[c], shift[c]);
    }
  }
}

}  // namespace

at::Tensor scale_pixels(const at::Tensor& images, std::span<const float> scale, std::span<const float> shift) {
  TORCH_CHECK(static_cast<int64_t>(scale.size()) == images.size(1), "images and scale disagree");
  const at::Tensor source = dense_images(images);
  auto format = images.size(1) > 1 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  at::Tensor result = at::empty(images.sizes(), at::TensorOptions(at::kFloat).memory_format(format));
  if (source.scalar_type() == at::kByte)
    scale_images<uint8_t>(source, result, scale.data(), shift.data());
  else if (source.scalar_type() == at::kUInt16)
    scale_images<uint16_t>(source, result, scale.data(), shift.data());
  else
    scale_images<float>(source, result, scale.data(), shift.data());
  return result;
}

at::Tensor unit_pixels(const at::Tensor& images) {
  const auto white = static_cast<float>(white_of(images.scalar_type()));
  std::vector<float> scale(static_cast<size_t>(images.size(1)), 1.0f / white), shift(scale.size(), 0.0f);
  return scale_pixels(images, scale, shift);
}

}  // namespace dlrun
