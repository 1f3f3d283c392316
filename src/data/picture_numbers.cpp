// One picture of a batch as floats.

#include "data/picture_numbers.h"

#include "base/error.h"
#include "data/pixels.h"

namespace dlrun {
namespace {

// Calls `visit(number, value)` for each number of picture `i` in its memory and its place among the values.
template <class Number, class Visit>
void each_number(const at::Tensor& images, int64_t i, PictureNumbers& picture, const Visit& visit) {
  Number* numbers = images.data_ptr<Number>() + i * images.stride(0);
  const int64_t pixels = picture.pixels(), apart = images.is_contiguous() ? 1 : picture.channels;
  for (int64_t c = 0; c < picture.channels; ++c) {
    Number* from = numbers + c * (images.is_contiguous() ? pixels : 1);
    float* value = picture.plane(c);
    for (int64_t k = 0; k < pixels; ++k) visit(from[k * apart], value[k]);
  }
}

template <class Visit>
void each_number(const at::Tensor& images, int64_t i, PictureNumbers& picture, const Visit& visit) {
  if (images.scalar_type() == at::kByte) return each_number<uint8_t>(images, i, picture, visit);
  if (images.scalar_type() == at::kUInt16) return each_number<uint16_t>(images, i, picture, visit);
  each_number<float>(images, i, picture, visit);
}

}  // namespace

PictureNumbers picture_numbers(const at::Tensor& images, int64_t i) {
  PictureNumbers picture{images.size(1), images.size(2), images.size(3)};
  picture.white = static_cast<float>(white_of(images.scalar_type()));
  picture.whole = picture.white != 1.0f;
  picture.values.resize(static_cast<size_t>(picture.channels * picture.pixels()));
  each_number(images, i, picture, [](auto& number, float& value) { value = static_cast<float>(number); });
  return picture;
}

void put_numbers(const PictureNumbers& picture, const at::Tensor& images, int64_t i) {
  PictureNumbers copy = picture;
  each_number(images, i, copy, [](auto& number, float& value) {
    number = static_cast<std::remove_reference_t<decltype(number)>>(value);
  });
}

void require_unnormalized(const std::string& augmentation, const at::Tensor& images) {
  if (images.scalar_type() != at::kFloat) return;
  const float* numbers = images.const_data_ptr<float>();
  for (int64_t k = 0; k < images.numel(); ++k)
    if (!(numbers[k] >= 0.0f && numbers[k] <= 1.0f))
      throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation +
                                                ": works on pixels from black to white, and these hold " +
                                                std::to_string(numbers[k]) + "; put it before normalize");
}

}  // namespace dlrun
