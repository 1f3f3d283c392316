// Random affine: turns, moves, scales and shears a picture by chance and keeps its size (torchvision's RandomAffine).

#include <cmath>

#include "data/number_range.h"
#include "data/pixel_targets.h"
#include "data/warp.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RandomAffine final : Augmentation, KeepsPixelTargets {
  std::vector<double> degrees, translate, scale, shear, center;
  WarpOptions options;

  std::vector<Field> fields() override {
    std::vector<Field> all = {
        field("degrees", degrees, "Range of angles, [low, high], clockwise; [d] is -d to d, [0] does not turn.",
              required(), not_empty()),
        field("translate", translate,
              "Most it moves, as shares of width and height, [x, y]: whole pixels to either side. Left open: none.",
              between(0, 1)),
        field("scale", scale, "Range of the factor on its size, [low, high]; 1 where left open.", more_than(0)),
        field("shear", shear,
              "Range of degrees of the shear along x, [low, high], or [s] for -s to s; four numbers: along x, then "
              "along y. Left open: none."),
        field("center", center,
              "What it turns around, [x, y] in pixels from the upper left corner; the middle where left open."),
    };
    for (Field& field : warp_fields(options)) all.push_back(std::move(field));
    return all;
  }

  std::vector<Relation> relations() const override {
    return {{"degrees", "length(degrees) <= 2", "expected [low, high] or [spread]"},
            {"translate", "not given(translate) or length(translate) == 2", "expected [x, y]"},
            {"scale", "not given(scale) or length(scale) == 2", "expected [low, high]"},
            {"shear", "not given(shear) or length(shear) <= 2 or length(shear) == 4",
             "expected [spread], [low, high] or [low, high, low, high]"},
            {"center", "not given(center) or length(center) == 2", "expected [x, y]"}};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_warp("random_affine", options, shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const std::vector<int64_t> shape = output_shape(batch["input"].sizes().slice(1).vec());
    warp_all(batch, options, [&](int64_t i) {
      Random random = draws.row(i);
      return drawn(random, static_cast<double>(shape[1]), static_cast<double>(shape[2]));
    });
  }

 private:
  Warp drawn(Random& random, double height, double width) const {
    constexpr double any = -1e9;
    Warp warp;
    warp.angle = range_of(degrees, 0, any).draw(random);
    if (!translate.empty()) {
      warp.translate_x = std::nearbyint(random.uniform(-translate[0] * width, translate[0] * width));
      warp.translate_y = std::nearbyint(random.uniform(-translate[1] * height, translate[1] * height));
    }
    if (!scale.empty()) warp.scale = random.uniform(scale[0], scale[1]);
    if (!shear.empty()) warp.shear_x = range_of(shear, 0, any).draw(random);
    if (shear.size() == 4) warp.shear_y = random.uniform(shear[2], shear[3]);
    if (!center.empty()) {
      warp.center_x = center[0] - width / 2;
      warp.center_y = center[1] - height / 2;
    }
    return warp;
  }
};

const Registered<Augmentation, RandomAffine> random_affine_entry{
    "random_affine", "Turns, moves, scales and shears a picture by chance."};

}  // namespace
}  // namespace dlrun
