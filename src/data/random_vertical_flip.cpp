// Random vertical flip: turns a picture upside down (torchvision's RandomVerticalFlip).

#include <algorithm>

#include "data/flip.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

void turn_over(const PixelRows& rows) {
  const size_t bytes = static_cast<size_t>(rows.width) * rows.pixel_bytes;
  for (int64_t plane = 0; plane < rows.planes; ++plane)
    for (int64_t top = 0, bottom = rows.height - 1; top < bottom; ++top, --bottom)
      std::swap_ranges(rows.row(plane, top), rows.row(plane, top) + bytes, rows.row(plane, bottom));
}

struct RandomVerticalFlip final : Augmentation, KeepsPixelTargets {
  double p = 0.5;

  std::vector<Field> fields() override {
    return {field("p", p, "Chance that a picture is turned upside down.", between(0, 1))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_image("random_vertical_flip", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    output_shape(batch["input"].sizes().slice(1).vec());
    flip_some(batch, draws, p, turn_over);
  }
};

const Registered<Augmentation, RandomVerticalFlip> random_vertical_flip_entry{"random_vertical_flip",
                                                                              "Turns a picture upside down."};

}  // namespace
}  // namespace dlrun
