// Changes of brightness and colour, with torchvision's numbers.

#include "data/colors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "data/pixels.h"

namespace dlrun {
namespace {

float in_range(float value, const PictureNumbers& picture) {
  const float kept = std::clamp(value, 0.0f, picture.white);
  return picture.whole ? std::trunc(kept) : kept;
}

// factor * picture + (1 - factor) * other
float blend(float value, float other, double factor, const PictureNumbers& picture) {
  return in_range(value * static_cast<float>(factor) + other * static_cast<float>(1.0 - factor), picture);
}

std::vector<float> grey_of(const PictureNumbers& picture) {
  std::vector<float> grey(picture.plane(0), picture.plane(0) + picture.pixels());
  if (picture.channels == 1) return grey;
  for (size_t k = 0; k < grey.size(); ++k) {
    const size_t pixels = grey.size();
    grey[k] =
        picture.values[k] * 0.2989f + 0.587f * picture.values[pixels + k] + 0.114f * picture.values[2 * pixels + k];
    if (picture.whole) grey[k] = std::floor(grey[k]);
  }
  return grey;
}

using Pixel = std::array<float, 3>;

// Values in [0, 1]; Pillow's formulas, as torchvision has them.
Pixel hsv_of(const Pixel& rgb) {
  const auto [r, g, b] = rgb;
  const float most = std::max({r, g, b}), least = std::min({r, g, b});
  if (most == least) return {0.0f, 0.0f, most};
  const float range = most - least;
  const float rc = (most - r) / range, gc = (most - g) / range, bc = (most - b) / range;
  const float sector = most == r ? bc - gc : most == g ? rc + 2.0f - bc : gc + 4.0f - rc;
  return {std::fmod(sector * (1.0f / 6.0f) + 1.0f, 1.0f), range / most, most};
}

Pixel rgb_of(const Pixel& hsv) {
  const auto [h, s, v] = hsv;
  const float sectors = h * 6.0f, below = std::floor(sectors), f = sectors - below;
  const auto unit = [](float value) { return std::clamp(value, 0.0f, 1.0f); };
  const float p = unit((1.0f - s) * v), q = unit((1.0f - s * f) * v), t = unit((s * f + (1.0f - s)) * v);
  switch (static_cast<int>(below) % 6) {
    case 0:
      return {v, t, p};
    case 1:
      return {q, v, p};
    case 2:
      return {p, v, t};
    case 3:
      return {p, q, v};
    case 4:
      return {t, p, v};
    default:
      return {v, p, q};
  }
}

}  // namespace

void require_colors(const std::string& augmentation, const std::vector<int64_t>& shape) {
  require_image(augmentation, shape);
  if (shape[0] == 1 || shape[0] == 3) return;
  throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation +
                                            ": works on grey (1 channel) and colour (3); these pictures have " +
                                            std::to_string(shape[0]) + " channels");
}

void adjust_brightness(PictureNumbers& picture, double factor) {
  for (float& value : picture.values) value = in_range(value * static_cast<float>(factor), picture);
}

void adjust_contrast(PictureNumbers& picture, double factor) {
  double sum = 0.0;
  for (const float grey : grey_of(picture)) sum += grey;
  const float mean = static_cast<float>(sum / static_cast<double>(picture.pixels()));
  for (float& value : picture.values) value = blend(value, mean, factor, picture);
}

void adjust_saturation(PictureNumbers& picture, double factor) {
  if (picture.channels == 1) return;
  const std::vector<float> grey = grey_of(picture);
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t k = 0; k < picture.pixels(); ++k) {
      float& value = picture.plane(c)[k];
      value = blend(value, grey[static_cast<size_t>(k)], factor, picture);
    }
}

void adjust_hue(PictureNumbers& picture, double shift) {
  if (picture.channels == 1) return;
  // Whole numbers come back from [0, 1] by torchvision's to_dtype, which gives each of them an equal part of it.
  const float steps = picture.white + 1.0f - 1e-3f;
  for (int64_t k = 0; k < picture.pixels(); ++k) {
    Pixel pixel;
    for (int c = 0; c < 3; ++c) pixel[static_cast<size_t>(c)] = picture.plane(c)[k] / picture.white;
    Pixel hsv = hsv_of(pixel);
    hsv[0] += static_cast<float>(shift);
    hsv[0] -= std::floor(hsv[0]);
    pixel = rgb_of(hsv);
    for (int c = 0; c < 3; ++c) {
      const float value = pixel[static_cast<size_t>(c)];
      picture.plane(c)[k] = picture.whole ? std::trunc(value * steps) : value;
    }
  }
}

void adjust_sharpness(PictureNumbers& picture, double factor) {
  if (picture.height <= 2 || picture.width <= 2) return;
  const PictureNumbers given = picture;
  for (int64_t c = 0; c < picture.channels; ++c)
    for (int64_t y = 1; y + 1 < picture.height; ++y)
      for (int64_t x = 1; x + 1 < picture.width; ++x) {
        const float* middle = given.plane(c) + y * picture.width + x;
        float around = 0.0f;
        for (int64_t dy = -1; dy <= 1; ++dy)
          for (int64_t dx = -1; dx <= 1; ++dx)
            around += middle[dy * picture.width + dx] * (dy == 0 && dx == 0 ? 5.0f / 13.0f : 1.0f / 13.0f);
        if (picture.whole) around = std::nearbyint(around);
        float& value = picture.plane(c)[y * picture.width + x];
        value = in_range(value + (around - value) * static_cast<float>(1.0 - factor), picture);
      }
}

void posterize(PictureNumbers& picture, int64_t bits) {
  if (!picture.whole) {
    const float levels = static_cast<float>(int64_t{1} << bits);
    for (float& value : picture.values) value = std::clamp(std::floor(value * levels), 0.0f, levels - 1.0f) / levels;
    return;
  }
  const int64_t all = picture.white > 255.0f ? 16 : 8;
  if (bits >= all) return;
  const int64_t kept = ((int64_t{1} << bits) - 1) << (all - bits);
  for (float& value : picture.values) value = static_cast<float>(static_cast<int64_t>(value) & kept);
}

void solarize(PictureNumbers& picture, double threshold) {
  for (float& value : picture.values)
    if (value >= static_cast<float>(threshold)) value = picture.white - value;
}

void autocontrast(PictureNumbers& picture) {
  for (int64_t c = 0; c < picture.channels; ++c) {
    float* plane = picture.plane(c);
    const auto [least, most] = std::minmax_element(plane, plane + picture.pixels());
    if (*least == *most) continue;
    const float black = *least, scale = (*most - *least) * (1.0f / picture.white);
    for (int64_t k = 0; k < picture.pixels(); ++k) plane[k] = in_range((plane[k] - black) / scale, picture);
  }
}

// In 256 levels, whatever the type.
void equalize(PictureNumbers& picture) {
  const auto level = [&](float value) {
    if (picture.white == 255.0f) return static_cast<int64_t>(value);
    if (picture.whole) return static_cast<int64_t>(value) >> 8;
    return static_cast<int64_t>(value * (256.0f - 1e-3f));
  };
  for (int64_t c = 0; c < picture.channels; ++c) {
    float* plane = picture.plane(c);
    std::array<int64_t, 256> up_to{};
    for (int64_t k = 0; k < picture.pixels(); ++k) ++up_to[static_cast<size_t>(level(plane[k]))];
    int64_t last = 0;  // how many are of the highest level that occurs
    for (const int64_t count : up_to)
      if (count > 0) last = count;
    for (size_t i = 1; i < up_to.size(); ++i) up_to[i] += up_to[i - 1];
    const int64_t step = (picture.pixels() - last) / 255;
    for (int64_t k = 0; k < picture.pixels(); ++k) {
      const int64_t at = level(plane[k]);
      const int64_t below = at == 0 ? 0 : up_to[static_cast<size_t>(at) - 1];
      const int64_t now = step == 0 ? at : at == 0 ? 0 : std::clamp<int64_t>((below + step / 2) / step, 0, 255);
      plane[k] = picture.white == 255.0f ? static_cast<float>(now)
                 : picture.whole         ? static_cast<float>(now << 8)
                                         : static_cast<float>(now) / 255.0f;
    }
  }
}

}  // namespace dlrun
