// Gaussian noise: a normal draw added to every number of a picture (torchvision's GaussianNoise).

#include <algorithm>
#include <cmath>

#include "data/augmentation.h"
#include "data/picture_numbers.h"
#include "data/pixel_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct GaussianNoise final : Augmentation, KeepsPixelTargets {
  double mean = 0.0;
  double sigma = 0.1;
  bool clip = true;

  std::vector<Field> fields() override {
    return {
        field("mean", mean, "Mean of the noise; black is 0 and white 1, behind normalize its unit."),
        field("sigma", sigma, "Its deviation, likewise.", at_least(0)),
        field("clip", clip,
              "Whether values stay between black and white. Pixels that are bytes always do; false is for use behind "
              "normalize."),
    };
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_image("gaussian_noise", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor images = dense_images(batch["input"]);
    output_shape(images.sizes().slice(1).vec());
    if (clip) require_unnormalized("gaussian_noise with clip", images);
    for (int64_t i = 0; i < images.size(0); ++i) {
      Random random = draws.row(i);
      PictureNumbers picture = picture_numbers(images, i);
      for (float& value : picture.values) {
        const float noise = static_cast<float>((mean + sigma * random.normal()) * picture.white);
        value += picture.whole ? std::trunc(noise) : noise;
        if (clip || picture.whole) value = std::clamp(value, 0.0f, picture.white);
      }
      put_numbers(picture, images, i);
    }
    batch.set("input", images);
  }
};

const Registered<Augmentation, GaussianNoise> gaussian_noise_entry{"gaussian_noise",
                                                                   "Adds normal noise to every number of a picture."};

}  // namespace
}  // namespace dlrun
