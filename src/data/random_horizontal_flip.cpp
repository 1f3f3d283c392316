// Random horizontal flip: mirrors a picture left to right (torchvision's RandomHorizontalFlip).

#include <cstring>

#include "data/flip.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

void mirror(char* row, int64_t width, size_t bytes) {
  if (bytes == 1) {
    std::reverse(row, row + width);
  } else if (bytes == sizeof(float)) {
    for (int64_t low = 0, high = width - 1; low < high; ++low, --high) {
      float a, b;
      std::memcpy(&a, row + low * 4, 4);
      std::memcpy(&b, row + high * 4, 4);
      std::memcpy(row + low * 4, &b, 4);
      std::memcpy(row + high * 4, &a, 4);
    }
  } else {
    const int64_t step = static_cast<int64_t>(bytes);
    for (char *low = row, *high = row + (width - 1) * step; low < high; low += step, high -= step)
      std::swap_ranges(low, low + step, high);
  }
}

void mirror_picture(const PixelRows& rows) {
  for (int64_t plane = 0; plane < rows.planes; ++plane)
    for (int64_t y = 0; y < rows.height; ++y) mirror(rows.row(plane, y), rows.width, rows.pixel_bytes);
}

struct RandomHorizontalFlip final : Augmentation, KeepsPixelTargets {
  double p = 0.5;

  std::vector<Field> fields() override { return {field("p", p, "Chance that a picture is mirrored.", between(0, 1))}; }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_image("random_horizontal_flip", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    output_shape(batch["input"].sizes().slice(1).vec());
    flip_some(batch, draws, p, mirror_picture);
  }
};

const Registered<Augmentation, RandomHorizontalFlip> random_horizontal_flip_entry{"random_horizontal_flip",
                                                                                  "Mirrors a picture left to right."};

}  // namespace
}  // namespace dlrun
