// Random erasing: a rectangle of a picture loses its pixels (Zhong et al. 2020; torchvision's RandomErasing).

#include <cmath>

#include "base/error.h"
#include "data/augmentation.h"
#include "data/pixel_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// What is known of pixels does not move with a rectangle that hides them: targets of pixels stay.
struct RandomErasing final : Augmentation, KeepsPixelTargets {
  double p = 0.5;
  std::vector<double> scale = {0.02, 0.33};
  std::vector<double> ratio = {0.3, 3.3};
  std::vector<double> value = {0.0};
  bool random = false;

  std::vector<Field> fields() override {
    return {
        field("p", p, "Chance that a picture loses a rectangle.", between(0, 1)),
        field("scale", scale, "Range of its area, as a share of the picture's, [low, high].", between(0, 1)),
        field("ratio", ratio, "Range of its height divided by its width, [low, high].", more_than(0)),
        field("value", value,
              "What it holds then, one number or one for each channel: 0 to 255 before normalize, in its unit after "
              "it.",
              not_empty()),
        field("random", random,
              "Each of its numbers is a normal draw instead (torchvision's value: random); behind normalize."),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"scale", "length(scale) == 2", "expected [low, high]"},
            {"ratio", "length(ratio) == 2", "expected [low, high]"}};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_image("random_erasing", shape);
    if (value.size() > 1 && static_cast<int64_t>(value.size()) != shape[0])
      throw UserError(ExitCode::bad_recipe, "augmentation random_erasing.value: has " + std::to_string(value.size()) +
                                                " numbers, the pictures have " + std::to_string(shape[0]) +
                                                " channels");
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor images = dense_images(batch["input"]);
    output_shape(images.sizes().slice(1).vec());
    if (random && images.scalar_type() != at::kFloat)
      throw UserError(ExitCode::bad_recipe,
                      "augmentation random_erasing.random: normal draws are no pixels from black to white; put "
                      "random_erasing behind normalize, or give a value");
    for (int64_t i = 0; i < images.size(0); ++i) {
      Random drawn = draws.row(i);
      if (!drawn.chance(p)) continue;
      const at::Tensor picture = images.select(0, i);
      if (images.scalar_type() == at::kByte)
        erase<uint8_t>(picture, drawn);
      else if (images.scalar_type() == at::kUInt16)
        erase<uint16_t>(picture, drawn);
      else
        erase<float>(picture, drawn);
    }
    batch.set("input", images);
  }

 private:
  // picture [C, H, W]. Of ten rectangles the first that is smaller than the picture, or none.
  template <class Number>
  void erase(const at::Tensor& picture, Random& drawn) const {
    const int64_t height = picture.size(1), width = picture.size(2);
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double area = static_cast<double>(height * width) * drawn.uniform(scale[0], scale[1]);
      const double shape = std::exp(drawn.uniform(std::log(ratio[0]), std::log(ratio[1])));
      const int64_t h = std::llrint(std::sqrt(area * shape)), w = std::llrint(std::sqrt(area / shape));
      if (h >= height || w >= width) continue;
      const int64_t top = drawn.below(height - h + 1), left = drawn.below(width - w + 1);
      for (int64_t c = 0; c < picture.size(0); ++c)
        for (int64_t y = top; y < top + h; ++y)
          for (int64_t x = left; x < left + w; ++x)
            picture.data_ptr<Number>()[c * picture.stride(0) + y * picture.stride(1) + x * picture.stride(2)] =
                number<Number>(c, drawn);
      return;
    }
  }

  template <class Number>
  Number number(int64_t channel, Random& drawn) const {
    if (random) return static_cast<Number>(drawn.normal());
    const double one = value.size() == 1 ? value[0] : value[static_cast<size_t>(channel)];
    if constexpr (std::is_integral_v<Number>)
      return static_cast<Number>(std::lround(std::clamp(one, 0.0, 255.0) * (sizeof(Number) == 2 ? 257.0 : 1.0)));
    return static_cast<Number>(one);
  }
};

const Registered<Augmentation, RandomErasing> random_erasing_entry{"random_erasing",
                                                                   "Takes the pixels of a rectangle away."};

}  // namespace
}  // namespace dlrun
