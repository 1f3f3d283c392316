// Random crop: a window at a random place of the padded picture (torchvision's RandomCrop); held-out pictures give
// their middle (torchvision's CenterCrop), or stay whole for networks that take any size. Targets of pixels are cut
// with them; where they are padded by a constant, nothing is known of them.

#include <cmath>
#include <cstring>
#include <functional>

#include "base/error.h"
#include "data/augmentation.h"
#include "data/pixel_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr int64_t filled = -1;  // no source pixel

// Which source row (or column) stands at `place` of the padded picture, place 0 being `padding` before the first.
int64_t source_of(int64_t place, int64_t size, const std::string& mode) {
  if (place >= 0 && place < size) return place;
  if (mode == "edge") return place < 0 ? 0 : size - 1;
  if (mode == "reflect") return place < 0 ? -place : 2 * size - 2 - place;
  if (mode == "symmetric") return place < 0 ? -place - 1 : 2 * size - 1 - place;
  return filled;
}

struct RandomCrop final : Augmentation, KeepsPixelTargets {
  int64_t size = 32;
  std::optional<int64_t> width;
  int64_t padding = 0;
  std::string padding_mode = "constant";
  double fill = 0.0;
  std::string held_out = "middle";

  std::vector<Field> fields() override {
    return {
        field("size", size, "Height of the crop in pixels, and its width.", at_least(1)),
        field("width", width, "Width in pixels, where it differs.", at_least(1)),
        field("padding", padding, "Pixels added on every side before cropping.", at_least(0)),
        field("padding_mode", padding_mode, "What they hold: fill, the edge's pixels, or the picture mirrored.",
              one_of("constant", "edge", "reflect", "symmetric")),
        field("fill", fill, "Value of constant padding: 0 to 255 before normalize, in its unit after it."),
        field("held_out", held_out,
              "What becomes of held-out pictures: their middle of the same size, or (whole) nothing, for networks that "
              "take pictures of any size.",
              one_of("middle", "whole")),
    };
  }

  // What the network is made for and measured on.
  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    const std::vector<int64_t> cut = cut_shape(shape);
    return held_out == "whole" ? shape : cut;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor& images = batch["input"];
    crop_all(batch, [&](int64_t i, const std::vector<int64_t>& shape) {
      Random random = draws.row(i);
      const int64_t top = random.below(images.size(2) + 2 * padding - shape[1] + 1) - padding;
      return Corner{top, random.below(images.size(3) + 2 * padding - shape[2] + 1) - padding};
    });
  }

  void apply_to_held_out(Batch& batch) const override {
    const int64_t height = batch["input"].size(2), across = batch["input"].size(3);
    if (held_out == "whole" || (height == size && across == width.value_or(size))) return;
    crop_all(batch, [&](int64_t, const std::vector<int64_t>& shape) {
      return Corner{middle(height, shape[1]), middle(across, shape[2])};
    });
  }

 private:
  // The crop's first pixel in the picture; before it by some pixels of padding, where it is negative.
  struct Corner {
    int64_t top, left;
  };

  std::vector<int64_t> cut_shape(std::vector<int64_t> shape) const {
    require_image("random_crop", shape);
    const int64_t crop[] = {size, width.value_or(size)};
    for (int side = 0; side < 2; ++side) {
      int64_t& length = shape[static_cast<size_t>(1 + side)];
      const std::string place = side == 0 ? "height" : "width";
      if (crop[side] > length + 2 * padding)
        refuse("size: a " + place + " of " + std::to_string(crop[side]) + " is more than the picture's " +
               std::to_string(length) + " and its padding");
      if ((padding_mode == "reflect" && padding >= length) || (padding_mode == "symmetric" && padding > length))
        refuse("padding: " + std::to_string(padding) + " is too much to mirror a " + place + " of " +
               std::to_string(length));
      length = crop[side];
    }
    return shape;
  }

  // Halves round to even, as in torchvision.
  static int64_t middle(int64_t length, int64_t crop) {
    if (crop > length) return -((crop - length) / 2);
    return std::lrint(static_cast<double>(length - crop) / 2);
  }

  void crop_all(Batch& batch, const std::function<Corner(int64_t i, const std::vector<int64_t>& shape)>& corner) const {
    const at::Tensor images = dense_images(batch["input"]);
    const std::vector<int64_t> shape = cut_shape(images.sizes().slice(1).vec());
    at::Tensor crops = at::empty({images.size(0), shape[0], shape[1], shape[2]},
                                 images.options().memory_format(images.suggest_memory_format()));
    const std::string beyond = padding_row(images, crops), unknown = row_of(ignored, shape[2]);
    std::vector<std::pair<std::string, at::Tensor>> targets;
    for (const std::string& name : pixel_targets(batch))
      targets.emplace_back(name, at::empty({images.size(0), shape[1], shape[2]}, at::kLong));
    for (int64_t i = 0; i < images.size(0); ++i) {
      const Corner at = corner(i, shape);
      crop(pixel_rows(images, i), pixel_rows(crops, i), at, beyond);
      for (const auto& [name, target] : targets) crop(target_rows(batch[name], i), target_rows(target, i), at, unknown);
    }
    batch.set("input", crops);
    for (const auto& [name, target] : targets) batch.set(name, target);
  }

  [[noreturn]] static void refuse(const std::string& message) {
    throw UserError(ExitCode::bad_recipe, "augmentation random_crop." + message);
  }

  // `empty`: a row of constant padding.
  void crop(const PixelRows& from, const PixelRows& to, const Corner& corner, const std::string& empty) const {
    const int64_t top = corner.top, left = corner.left;
    const size_t bytes = from.pixel_bytes;
    // Columns first..last come straight from the picture; the others one by one.
    const int64_t first = std::clamp<int64_t>(-left, 0, to.width);
    const int64_t last = std::clamp<int64_t>(from.width - left, first, to.width);
    for (int64_t plane = 0; plane < to.planes; ++plane)
      for (int64_t y = 0; y < to.height; ++y) {
        const int64_t source = source_of(top + y, from.height, padding_mode);
        char* out = to.row(plane, y);
        if (source == filled) {
          std::memcpy(out, empty.data(), empty.size());
          continue;
        }
        const char* in = from.row(plane, source);
        const auto copy_one = [&](int64_t x) {
          const int64_t column = source_of(left + x, from.width, padding_mode);
          std::memcpy(out + static_cast<size_t>(x) * bytes,
                      column == filled ? empty.data() : in + static_cast<size_t>(column) * bytes, bytes);
        };
        for (int64_t x = 0; x < first; ++x) copy_one(x);
        std::memcpy(out + static_cast<size_t>(first) * bytes, in + (left + first) * static_cast<int64_t>(bytes),
                    static_cast<size_t>(last - first) * bytes);
        for (int64_t x = last; x < to.width; ++x) copy_one(x);
      }
  }

  std::string padding_row(const at::Tensor& images, const at::Tensor& crops) const {
    const int64_t numbers = crops.size(3) * (crops.is_contiguous() ? 1 : crops.size(1));
    if (images.scalar_type() == at::kByte) return row_of(static_cast<uint8_t>(level(1)), numbers);
    if (images.scalar_type() == at::kUInt16) return row_of(static_cast<uint16_t>(level(257)), numbers);
    return row_of(static_cast<float>(fill), numbers);
  }

  // `fill` in steps of 1 / `steps`.
  int64_t level(double steps) const { return std::lround(std::clamp(fill, 0.0, 255.0) * steps); }

  template <class Value>
  static std::string row_of(Value value, int64_t count) {
    const std::vector<Value> row(static_cast<size_t>(count), value);
    return {reinterpret_cast<const char*>(row.data()), row.size() * sizeof value};
  }
};

const Registered<Augmentation, RandomCrop> random_crop_entry{
    "random_crop",
    "A window at a random place of the padded picture; of held-out "
    "pictures the middle."};

}  // namespace
}  // namespace dlrun
