// gaussian_noise: what it adds is normal, of torchvision's unit, and stays between black and white.

#include <catch2/catch.hpp>

#include "data/augmented.h"

namespace dlrun::gaussian_noise_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("gaussian_noise adds normal noise of its deviation, in every layout and type") {
  const at::Tensor bytes = at::full({40, 3, 16, 16}, 128, at::kByte);
  const auto noise = augmentation("gaussian_noise", {{"mean", 0.05}, {"sigma", 0.1}});
  for (const at::Tensor& given : layouts(bytes)) {
    const at::Tensor images = given.is_floating_point() ? given.div(255) : given;
    const double white = given.scalar_type() == at::kUInt16 ? 65535 : given.is_floating_point() ? 1 : 255;
    const at::Tensor result = applied(*noise, images)["input"];
    CHECK(result.scalar_type() == images.scalar_type());
    CHECK(result.suggest_memory_format() == images.suggest_memory_format());
    const at::Tensor added = (result.to(at::kFloat) - images.to(at::kFloat)).to(at::kDouble) / white;
    CHECK(added.mean().item<double>() == Approx(0.05).margin(0.005));
    CHECK(added.std().item<double>() == Approx(0.1).epsilon(0.02));
    CHECK(result.equal(applied(*noise, images)["input"]));
  }
}

TEST_CASE("gaussian_noise clips, unless it is told not to, and then works behind normalize") {
  const at::Tensor images = at::full({10, 1, 20, 20}, 0.95f);
  const at::Tensor clipped = applied(*augmentation("gaussian_noise", {{"sigma", 0.2}}), images)["input"];
  CHECK(clipped.max().item<float>() == 1.0f);
  const auto free = augmentation("gaussian_noise", {{"sigma", 0.2}, {"clip", false}});
  CHECK(applied(*free, images)["input"].max().item<float>() > 1.2f);
  CHECK(applied(*free, images - 3)["input"].mean().item<double>() == Approx(-2.05).margin(0.02));
  check_error([&] { applied(*augmentation("gaussian_noise"), images - 3); }, ExitCode::bad_recipe, "before normalize");
  refuses_shape("gaussian_noise", json::object(), {10}, "these samples have 1 dimensions");
}

}  // namespace dlrun::gaussian_noise_test
