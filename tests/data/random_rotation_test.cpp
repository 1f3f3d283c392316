// random_rotation against torchvision's rotate.

#include <catch2/catch.hpp>
#include <numbers>

#include "data/augmented.h"
#include "data/pixel_targets.h"
#include "golden.h"

namespace dlrun::random_rotation_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("random_rotation turns by torchvision's numbers, in every layout and type") {
  const json golden = read_golden("data/random_affine")["rotate"];
  REQUIRE(golden.size() == 6);
  const at::Tensor image = picture().slice(1, 0, 11).slice(2, 0, 14).contiguous().unsqueeze(0);
  for (const double angle : {0.0, 33.0, -120.0})
    for (const std::string mode : {"nearest", "bilinear"}) {
      INFO(angle << " " << mode);
      const at::Tensor expected = from_json(golden[json(angle).dump() + " " + mode]).to(at::kByte).unsqueeze(0);
      const auto turn = augmentation("random_rotation", {{"degrees", {angle, angle}}, {"interpolation", mode}});
      for (const at::Tensor& images : layouts(image)) {
        const at::Tensor result = applied(*turn, images)["input"];
        CHECK(result.suggest_memory_format() == images.suggest_memory_format());
        const at::Tensor apart =
            (result.to(at::kFloat) / (images.scalar_type() == at::kUInt16 ? 257 : 1) - expected.to(at::kFloat)).abs();
        CHECK(apart.le(0.51).to(at::kFloat).mean().item<double>() > 0.99);
      }
    }
}

TEST_CASE("random_rotation takes targets of pixels along and knows nothing of what comes from outside") {
  const at::Tensor image = at::arange(36, at::kByte).view({1, 1, 6, 6});
  const auto turn = augmentation("random_rotation", {{"degrees", {45.0, 45.0}}, {"fill", {77.0}}});
  Batch batch{{"input", image.clone()}, {"target", image.squeeze(1).to(at::kLong)}};
  const std::vector<int64_t> samples = {0};
  turn->apply(batch, {.seed = 1, .samples = samples});
  const at::Tensor pixels = batch["input"].squeeze(1).to(at::kLong), target = batch["target"];
  CHECK(target.eq(KeepsPixelTargets::ignored).equal(pixels.eq(77)));
  CHECK(at::where(pixels.eq(77), KeepsPixelTargets::ignored, pixels).equal(target));
  CHECK(pixels.eq(77).sum().item<int64_t>() > 3);
}

TEST_CASE("random_rotation draws angles evenly and refuses what does not fit") {
  const at::Tensor images = at::zeros({2000, 1, 41, 41}, at::kByte);
  images.slice(2, 19, 22).slice(3, 37, 40).fill_(255);  // a mark at the right, which turns up or down
  const at::Tensor turned = applied(*augmentation("random_rotation", {{"degrees", {90.0}}}), images)["input"];
  const at::Tensor mark = turned.squeeze(1).gt(0).to(at::kDouble);
  const at::Tensor height = (mark.sum(2) * (20 - at::arange(41))).sum(1) / mark.sum({1, 2});  // above the middle
  CHECK(height.gt(0).to(at::kDouble).mean().item<double>() == Approx(0.5).margin(0.05));
  CHECK(height.abs().mean().item<double>() == Approx(18 * 2 / std::numbers::pi).epsilon(0.05));  // of 18 sin(angle)
  refuses_shape("random_rotation", {{"degrees", {10.0}}, {"fill", {1.0, 2.0}}}, {3, 8, 8}, "random_rotation.fill");
  refuses_shape("random_rotation", {{"degrees", {10.0}}}, {10}, "these samples have 1 dimensions");
}

}  // namespace dlrun::random_rotation_test
