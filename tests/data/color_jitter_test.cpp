// color_jitter against torchvision: each change by its factor, and how they are drawn.

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::color_jitter_test {

using namespace dlrun::test;
using nlohmann::json;

namespace {

at::Tensor small_picture() { return picture().slice(1, 4, 16).slice(2, 5, 18).contiguous().unsqueeze(0); }

}  // namespace

TEST_CASE("color_jitter changes what torchvision changes, in every layout and type") {
  const json golden = read_golden("data/color_jitter");
  const at::Tensor bytes = small_picture();
  for (const auto& [kind, given] :
       {std::pair("bytes", bytes), std::pair("unit", bytes.to(at::kFloat).div(255)),
        std::pair("grey", bytes.slice(1, 0, 1)), std::pair("grey_unit", bytes.slice(1, 0, 1).to(at::kFloat).div(255))})
    for (const auto& [name, amounts] :
         {std::pair("brightness", std::vector<double>{0.3, 1.6}), std::pair("contrast", std::vector<double>{0.4, 1.7}),
          std::pair("saturation", std::vector<double>{0.0, 1.8}), std::pair("hue", std::vector<double>{-0.3, 0.2})})
      for (const double amount : amounts) {
        const std::string key = std::string(name) + " " + kind + " " + json(amount).dump();
        INFO(key);
        REQUIRE(golden.contains(key));
        const at::Tensor expected = from_json(golden[key]).unsqueeze(0);
        const auto jitter = augmentation("color_jitter", {{name, {amount, amount}}});
        for (const at::Tensor& images : {given.contiguous(), given.contiguous(at::MemoryFormat::ChannelsLast)}) {
          const at::Tensor result = applied(*jitter, images)["input"];
          CHECK(result.scalar_type() == images.scalar_type());
          // A sum in another order may fall on the other side of a whole number.
          const at::Tensor apart = (result.to(at::kDouble) - expected).abs();
          CHECK(apart.max().item<double>() <= (images.is_floating_point() ? 2e-6 : 1.0));
          CHECK(apart.gt(2e-6).sum().item<int64_t>() <= expected.numel() / 50);
        }
      }
}

TEST_CASE("color_jitter does to 16 bits what it does to 8, as finely") {
  const at::Tensor bytes = small_picture(), deep = bytes.to(at::kInt).mul(257).to(at::kUInt16);
  const auto jitter = augmentation("color_jitter", {{"brightness", {0.5}}, {"contrast", {0.5}}, {"saturation", {0.5}}});
  const at::Tensor coarse = applied(*jitter, bytes)["input"].to(at::kDouble);
  const at::Tensor fine = applied(*jitter, deep)["input"].to(at::kInt).to(at::kDouble) / 257;
  CHECK((coarse - fine).abs().max().item<double>() <= 4);  // three changes, each of which cuts off
  CHECK((coarse - bytes.to(at::kDouble)).abs().max().item<double>() > 10);
}

TEST_CASE("color_jitter draws its factors evenly, for each sample anew, and leaves what is not given alone") {
  const at::Tensor images = at::full({4000, 1, 1, 1}, 100, at::kByte);
  const auto jitter = augmentation("color_jitter", {{"brightness", {0.4}}});
  const at::Tensor factors = applied(*jitter, images)["input"].to(at::kDouble).flatten() / 100;
  CHECK(factors.min().item<double>() == Approx(0.6).margin(0.011));
  CHECK(factors.max().item<double>() == Approx(1.4).margin(0.011));
  CHECK(factors.mean().item<double>() == Approx(1.0).margin(0.02));
  CHECK(factors.std().item<double>() == Approx(0.8 / std::sqrt(12.0)).epsilon(0.05));
  CHECK(applied(*jitter, images)["input"].equal(applied(*jitter, images)["input"]));
  CHECK_FALSE(applied(*jitter, images)["input"].equal(applied(*jitter, images, 1)["input"]));
  CHECK(applied(*augmentation("color_jitter"), images)["input"].equal(images));
}

TEST_CASE("color_jitter refuses what has no colours or is normalized already") {
  refuses_shape("color_jitter", json::object(), {4, 8, 8}, "these pictures have 4 channels");
  refuses_shape("color_jitter", json::object(), {10}, "these samples have 1 dimensions");
  const auto jitter = augmentation("color_jitter", {{"brightness", {0.4}}});
  check_error([&] { applied(*jitter, at::full({2, 3, 2, 2}, -0.5f)); }, ExitCode::bad_recipe, "before normalize");
}

}  // namespace dlrun::color_jitter_test
