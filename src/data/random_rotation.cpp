// Random rotation: turns a picture by a random angle and keeps its size (torchvision's RandomRotation).

#include "data/number_range.h"
#include "data/pixel_targets.h"
#include "data/warp.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RandomRotation final : Augmentation, KeepsPixelTargets {
  std::vector<double> degrees;
  std::vector<double> center;
  WarpOptions options;

  std::vector<Field> fields() override {
    std::vector<Field> all = {
        field("degrees", degrees, "Range of angles, [low, high], counter-clockwise; [d] is -d to d.", required(),
              not_empty()),
        field("center", center,
              "What it turns around, [x, y] in pixels from the upper left corner; the middle where "
              "left open."),
    };
    for (Field& field : warp_fields(options)) all.push_back(std::move(field));
    return all;
  }

  std::vector<Relation> relations() const override {
    return {{"degrees", "length(degrees) <= 2", "expected [low, high] or [spread]"},
            {"center", "not given(center) or length(center) == 2", "expected [x, y]"}};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_warp("random_rotation", options, shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const std::vector<int64_t> shape = output_shape(batch["input"].sizes().slice(1).vec());
    const NumberRange range = range_of(degrees, 0, -360.0 * 1e6);
    Warp warp;
    if (!center.empty()) {
      warp.center_x = center[0] - static_cast<double>(shape[2]) / 2;
      warp.center_y = center[1] - static_cast<double>(shape[1]) / 2;
    }
    warp_all(batch, options, [&](int64_t i) {
      Random random = draws.row(i);
      warp.angle = -range.draw(random);  // torchvision's rotate counts the other way than its affine.
      return warp;
    });
  }
};

const Registered<Augmentation, RandomRotation> random_rotation_entry{"random_rotation",
                                                                     "Turns a picture by a random angle."};

}  // namespace
}  // namespace dlrun
