// Color jitter: brightness, contrast, saturation and hue changed by chance, in an order of chance (torchvision's
// ColorJitter).

#include <array>
#include <utility>

#include "data/augmentation.h"
#include "data/colors.h"
#include "data/number_range.h"
#include "data/pixel_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ColorJitter final : Augmentation, KeepsPixelTargets {
  std::vector<double> brightness, contrast, saturation, hue;

  std::vector<Field> fields() override {
    return {
        field("brightness", brightness,
              "Range of the factor on brightness, [low, high]; [b] is 1 - b to 1 + b, not below 0. Left open: not "
              "changed.",
              at_least(0)),
        field("contrast", contrast, "The same of contrast.", at_least(0)),
        field("saturation", saturation, "The same of saturation; grey pictures have none.", at_least(0)),
        field("hue", hue, "Range of what is added to the hue, of -0.5 to 0.5 of its circle; [h] is -h to h.",
              between(-0.5, 0.5)),
    };
  }

  std::vector<Relation> relations() const override {
    std::vector<Relation> all;
    for (const std::string name : {"brightness", "contrast", "saturation", "hue"})
      all.push_back({name, "not given(" + name + ") or length(" + name + ") <= 2", "expected [low, high] or [spread]"});
    return all;
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_colors("color_jitter", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    at::Tensor images = dense_images(batch["input"]);
    output_shape(images.sizes().slice(1).vec());
    require_unnormalized("color_jitter", images);
    const NumberRange ranges[] = {range_of(brightness, 1, 0), range_of(contrast, 1, 0), range_of(saturation, 1, 0),
                                  range_of(hue, 0, -0.5)};
    const std::vector<double>* given[] = {&brightness, &contrast, &saturation, &hue};
    void (*const changes[])(PictureNumbers&, double) = {adjust_brightness, adjust_contrast, adjust_saturation,
                                                        adjust_hue};
    for (int64_t i = 0; i < images.size(0); ++i) {
      Random random = draws.row(i);
      std::array<size_t, 4> order = {0, 1, 2, 3};
      for (size_t k = 3; k > 0; --k) std::swap(order[k], order[static_cast<size_t>(random.below(k + 1))]);
      double amounts[4];
      for (size_t k = 0; k < 4; ++k) amounts[k] = ranges[k].draw(random);
      PictureNumbers picture = picture_numbers(images, i);
      for (const size_t k : order)
        if (!given[k]->empty()) changes[k](picture, amounts[k]);
      put_numbers(picture, images, i);
    }
    batch.set("input", images);
  }
};

const Registered<Augmentation, ColorJitter> color_jitter_entry{"color_jitter",
                                                               "Changes brightness, contrast, saturation and hue."};

}  // namespace
}  // namespace dlrun
