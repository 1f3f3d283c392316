// TrivialAugment: one change of fourteen to every picture, of a random strength (Müller & Hutter 2021; torchvision's
// TrivialAugmentWide).

#include <cmath>
#include <numbers>

#include "data/colors.h"
#include "data/pixels.h"
#include "data/warp.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The strength at place `bin` of so many, evenly from `first` to `last`.
double strength(double first, double last, int64_t bin, int64_t bins) {
  return first + (last - first) * static_cast<double>(bin) / static_cast<double>(bins - 1);
}

struct TrivialAugment final : Augmentation {
  int64_t num_magnitude_bins = 31;
  WarpOptions options;

  std::vector<Field> fields() override {
    std::vector<Field> all = {field("num_magnitude_bins", num_magnitude_bins,
                                    "Strengths that a change may have, each as likely; the weakest of most is none.",
                                    at_least(2))};
    for (Field& field : warp_fields(options)) all.push_back(std::move(field));
    return all;
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_colors("trivial_augment", shape);
    require_warp("trivial_augment", options, shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor images = dense_images(batch["input"]);
    output_shape(images.sizes().slice(1).vec());
    require_unnormalized("trivial_augment", images);
    for (int64_t i = 0; i < images.size(0); ++i) change(images, i, draws.row(i));
    batch.set("input", images);
  }

 private:
  void change(const at::Tensor& images, int64_t i, Random random) const {
    const int64_t which = random.below(14), bin = random.below(num_magnitude_bins);
    const double sign = random.uniform() <= 0.5 ? -1.0 : 1.0;
    const auto drawn = [&](double most) { return sign * strength(0.0, most, bin, num_magnitude_bins); };
    if (which == 0) return;
    if (which <= 5) return warp(images, i, warp_of(which, drawn));
    PictureNumbers picture = picture_numbers(images, i);
    switch (which) {
      case 6:
        adjust_brightness(picture, 1.0 + drawn(0.99));
        break;
      case 7:
        adjust_saturation(picture, 1.0 + drawn(0.99));
        break;
      case 8:
        adjust_contrast(picture, 1.0 + drawn(0.99));
        break;
      case 9:
        adjust_sharpness(picture, 1.0 + drawn(0.99));
        break;
      case 10:
        posterize(picture, std::llrint(strength(8.0, 2.0, bin, num_magnitude_bins)));
        break;
      case 11:
        solarize(picture, picture.white * strength(1.0, 0.0, bin, num_magnitude_bins));
        break;
      case 12:
        autocontrast(picture);
        break;
      default:
        equalize(picture);
        break;
    }
    put_numbers(picture, images, i);
  }

  // Shears keep the upper left corner where it is, as in torchvision.
  template <class Drawn>
  static std::pair<Warp, bool> warp_of(int64_t which, const Drawn& drawn) {
    constexpr double degrees = 180.0 / std::numbers::pi;
    Warp warp;
    if (which == 1) warp.shear_x = std::atan(drawn(0.99)) * degrees;
    if (which == 2) warp.shear_y = std::atan(drawn(0.99)) * degrees;
    if (which == 3) warp.translate_x = std::trunc(drawn(32.0));
    if (which == 4) warp.translate_y = std::trunc(drawn(32.0));
    if (which == 5) warp.angle = -drawn(135.0);
    return {warp, which <= 2};
  }

  void warp(const at::Tensor& images, int64_t i, std::pair<Warp, bool> change) const {
    auto& [warp, by_corner] = change;
    if (by_corner) {
      warp.center_x = -static_cast<double>(images.size(3)) / 2;
      warp.center_y = -static_cast<double>(images.size(2)) / 2;
    }
    const at::Tensor picture = images.select(0, i);
    warp_picture(picture.clone(), picture, warp, options);
  }
};

const Registered<Augmentation, TrivialAugment> trivial_augment_entry{
    "trivial_augment", "One change of fourteen to every picture, of a random strength."};

}  // namespace
}  // namespace dlrun
