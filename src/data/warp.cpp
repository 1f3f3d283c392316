// Pictures turned, moved, scaled and sheared, with torchvision's numbers.

#include "data/warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "data/pixel_targets.h"

namespace dlrun {
namespace {

// Where in the source a pixel comes from: [x y 1] -> x', y', all counted from the middle.
std::array<double, 6> inverse_of(const Warp& warp) {
  constexpr double degree = std::numbers::pi / 180.0;
  const double turn = warp.angle * degree, sx = warp.shear_x * degree, sy = warp.shear_y * degree;
  const double a = std::cos(turn - sy) / std::cos(sy), b = -(a * std::tan(sx) + std::sin(turn));
  const double c = std::sin(turn - sy) / std::cos(sy), d = std::cos(turn) - c * std::tan(sx);
  std::array<double, 6> matrix = {d / warp.scale, -b / warp.scale, 0.0, -c / warp.scale, a / warp.scale, 0.0};
  const double x = warp.center_x + warp.translate_x, y = warp.center_y + warp.translate_y;
  matrix[2] = warp.center_x - matrix[0] * x - matrix[1] * y;
  matrix[5] = warp.center_y - matrix[3] * x - matrix[4] * y;
  return matrix;
}

// Source pixels of the places of one row, in floats as grid_sample computes them.
struct Places {
  std::array<float, 6> theta;
  float half_width, half_height;

  Places(const Warp& warp, int64_t height, int64_t width)
      : half_width(static_cast<float>(width) * 0.5f), half_height(static_cast<float>(height) * 0.5f) {
    const std::array<double, 6> matrix = inverse_of(warp);
    for (size_t k = 0; k < 6; ++k) theta[k] = static_cast<float>(matrix[k]) / (k < 3 ? half_width : half_height);
  }
  std::pair<float, float> of(int64_t y, int64_t x) const {
    const float left = static_cast<float>(x) - half_width + 0.5f, top = static_cast<float>(y) - half_height + 0.5f;
    const float u = left * theta[0] + top * theta[1] + theta[2], v = left * theta[3] + top * theta[4] + theta[5];
    return {((u + 1.0f) * 2.0f * half_width - 1.0f) * 0.5f, ((v + 1.0f) * 2.0f * half_height - 1.0f) * 0.5f};
  }
};

// Numbers of one picture, wherever they lie.
template <class Number>
struct Numbers {
  Number* data;
  int64_t channels, height, width, by_channel, by_row, by_column;

  explicit Numbers(const at::Tensor& picture)
      : data(picture.data_ptr<Number>()),
        channels(picture.size(0)),
        height(picture.size(1)),
        width(picture.size(2)),
        by_channel(picture.stride(0)),
        by_row(picture.stride(1)),
        by_column(picture.stride(2)) {}
  bool has(int64_t y, int64_t x) const { return y >= 0 && y < height && x >= 0 && x < width; }
  Number& at(int64_t c, int64_t y, int64_t x) const { return data[c * by_channel + y * by_row + x * by_column]; }
};

template <class Number>
void warp_nearest(const Numbers<Number>& from, const Numbers<Number>& to, const Places& places,
                  const std::vector<Number>& outside) {
  for (int64_t y = 0; y < to.height; ++y)
    for (int64_t x = 0; x < to.width; ++x) {
      const auto [u, v] = places.of(y, x);
      const int64_t column = std::llrint(u), row = std::llrint(v);
      const bool inside = from.has(row, column);
      for (int64_t c = 0; c < to.channels; ++c)
        to.at(c, y, x) = inside ? from.at(c, row, column) : outside[static_cast<size_t>(c)];
    }
}

template <class Number>
void warp_bilinear(const Numbers<Number>& from, const Numbers<Number>& to, const Places& places,
                   const std::vector<float>& outside, bool filled) {
  for (int64_t y = 0; y < to.height; ++y)
    for (int64_t x = 0; x < to.width; ++x) {
      const auto [u, v] = places.of(y, x);
      const float left = std::floor(u), top = std::floor(v), across = u - left, down = v - top;
      const float weights[] = {(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down};
      const int64_t column = static_cast<int64_t>(left), row = static_cast<int64_t>(top);
      for (int64_t c = 0; c < to.channels; ++c) {
        float value = 0.0f, known = 0.0f;
        for (int64_t k = 0; k < 4; ++k) {
          if (!from.has(row + k / 2, column + k % 2)) continue;
          value += weights[k] * static_cast<float>(from.at(c, row + k / 2, column + k % 2));
          known += weights[k];
        }
        const float fill = outside[static_cast<size_t>(c)];
        if (filled) value = (value - fill) * known + fill;
        if constexpr (std::is_integral_v<Number>) value = std::nearbyint(value);
        to.at(c, y, x) = static_cast<Number>(value);
      }
    }
}

template <class Number>
void warp_numbers(const at::Tensor& from, const at::Tensor& to, const Places& places, const WarpOptions& options) {
  std::vector<float> outside;
  std::vector<Number> nearest;
  for (int64_t c = 0; c < from.size(0); ++c) {
    double fill = options.fill.size() == 1 ? options.fill[0] : options.fill[static_cast<size_t>(c)];
    if (std::is_integral_v<Number>) fill = std::clamp(fill, 0.0, 255.0) * (sizeof(Number) == 2 ? 257.0 : 1.0);
    outside.push_back(static_cast<float>(fill));
    nearest.push_back(static_cast<Number>(std::is_integral_v<Number> ? std::round(fill) : fill));
  }
  if (options.interpolation == "nearest")
    warp_nearest(Numbers<Number>(from), Numbers<Number>(to), places, nearest);
  else
    warp_bilinear(Numbers<Number>(from), Numbers<Number>(to), places, outside, options.filled);
}

}  // namespace

std::vector<Field> warp_fields(WarpOptions& options) {
  return {field("interpolation", options.interpolation,
                "Value of a place between pixels: the nearest one's, or a blend.", one_of("nearest", "bilinear")),
          field("fill", options.fill,
                "Value of places outside the picture, one or one for each channel: 0 to 255 before normalize, in its "
                "unit after it.",
                not_empty())};
}

void require_warp(const std::string& augmentation, const WarpOptions& options, const std::vector<int64_t>& shape) {
  require_image(augmentation, shape);
  if (options.fill.size() > 1 && static_cast<int64_t>(options.fill.size()) != shape[0])
    throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation + ".fill: has " +
                                              std::to_string(options.fill.size()) + " values, the pictures have " +
                                              std::to_string(shape[0]) + " channels");
}

void warp_picture(const at::Tensor& from, const at::Tensor& to, const Warp& warp, const WarpOptions& options) {
  const Places places(warp, from.size(1), from.size(2));
  if (from.scalar_type() == at::kByte)
    warp_numbers<uint8_t>(from, to, places, options);
  else if (from.scalar_type() == at::kUInt16)
    warp_numbers<uint16_t>(from, to, places, options);
  else
    warp_numbers<float>(from, to, places, options);
}

void warp_all(Batch& batch, const WarpOptions& options, const std::function<Warp(int64_t i)>& warp) {
  const at::Tensor images = dense_images(batch["input"]);
  const at::Tensor warped = at::empty_like(images);
  std::vector<std::pair<std::string, at::Tensor>> targets;
  for (const std::string& name : pixel_targets(batch)) targets.emplace_back(name, at::empty_like(batch[name]));
  for (int64_t i = 0; i < images.size(0); ++i) {
    const Warp drawn = warp(i);
    warp_picture(images.select(0, i), warped.select(0, i), drawn, options);
    const Places places(drawn, images.size(2), images.size(3));
    for (const auto& [name, target] : targets)
      warp_nearest(Numbers<int64_t>(batch[name].narrow(0, i, 1)), Numbers<int64_t>(target.narrow(0, i, 1)), places,
                   {KeepsPixelTargets::ignored});
  }
  batch.set("input", warped);
  for (const auto& [name, target] : targets) batch.set(name, target);
}

}  // namespace dlrun
