// Cutmix: a rectangle of every picture of a batch comes from another, and so does as much of its target (Yun et al.
// 2019; torchvision's CutMix). Targets of pixels come with their pixels.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/mixed.h"
#include "data/pixel_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Rectangle {
  int64_t left, top, right, bottom;
  int64_t area() const { return (right - left) * (bottom - top); }
};

void paste(const PixelRows& from, const PixelRows& to, const Rectangle& part) {
  const size_t start = static_cast<size_t>(part.left) * to.pixel_bytes;
  const size_t bytes = static_cast<size_t>(part.right - part.left) * to.pixel_bytes;
  for (int64_t plane = 0; plane < to.planes; ++plane)
    for (int64_t y = part.top; y < part.bottom; ++y)
      std::memcpy(to.row(plane, y) + start, from.row(plane, y) + start, bytes);
}

struct Cutmix final : Augmentation, MixesSamples, KeepsPixelTargets {
  double alpha = 1.0;
  double p = 1.0;

  std::vector<Field> fields() override {
    return {field("alpha", alpha,
                  "The share of its area that a picture keeps is drawn from Beta(alpha, alpha), one draw for each "
                  "batch; what a rectangle at the edge cuts less is counted.",
                  more_than(0)),
            field("p", p, "Chance that a batch is mixed.", between(0, 1))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_image("cutmix", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor images = dense_images(batch["input"]);
    output_shape(images.sizes().slice(1).vec());
    if (draws.samples.empty()) return;
    Random random = draws.row(0);
    if (!random.chance(p)) return;
    const int64_t count = images.size(0), height = images.size(2), width = images.size(3);
    const Rectangle part = drawn(random, height, width);
    const at::Tensor mixed = images.clone();
    for (int64_t i = 0; i < count; ++i) paste(pixel_rows(images, before(i, count)), pixel_rows(mixed, i), part);
    for (const std::string& name : pixel_targets(batch)) {
      const at::Tensor whole = batch[name], target = whole.clone();
      for (int64_t i = 0; i < count; ++i) paste(target_rows(whole, before(i, count)), target_rows(target, i), part);
      batch.set(name, target);
    }
    batch.set("input", mixed);
    mix_targets("cutmix", batch, 1.0 - static_cast<double>(part.area()) / static_cast<double>(height * width));
  }

 private:
  static int64_t before(int64_t i, int64_t count) { return i == 0 ? count - 1 : i - 1; }

  Rectangle drawn(Random& random, int64_t height, int64_t width) const {
    const double share = draw_share(random, alpha), half = 0.5 * std::sqrt(1.0 - share);
    const int64_t x = random.below(width), y = random.below(height);
    const auto across = static_cast<int64_t>(half * static_cast<double>(width));
    const auto down = static_cast<int64_t>(half * static_cast<double>(height));
    return {std::max<int64_t>(x - across, 0), std::max<int64_t>(y - down, 0), std::min(x + across, width),
            std::min(y + down, height)};
  }
};

const Registered<Augmentation, Cutmix> cutmix_entry{
    "cutmix", "Puts a rectangle of another picture into every picture of a batch."};

}  // namespace
}  // namespace dlrun
