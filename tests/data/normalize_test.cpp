// normalize against torchvision and what can be measured.

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::normalize_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("normalize gives torchvision's numbers, channels last") {
  const at::Tensor one = picture();
  const at::Tensor batch = at::stack({one, one.flip(2)}).slice(2, 0, 6).slice(3, 0, 7).contiguous();
  const at::Tensor golden = from_json(read_golden("data/normalize")["normalize"]);
  auto normalize = augmentation("normalize", {{"mean", {0.4914, 0.4822, 0.4465}}, {"std", {0.247, 0.243, 0.261}}});
  for (const at::Tensor& layout : layouts(batch)) {
    const at::Tensor input = layout.scalar_type() == at::kFloat ? layout / 255 : layout;
    const at::Tensor result = applied(*normalize, input)["input"];
    CHECK(result.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK((result.to(at::kDouble) - golden).abs().max().item<double>() < 2e-6);
  }
}

TEST_CASE("normalize measures mean and deviation on the training split") {
  const at::Tensor one = picture();
  const at::Tensor images = at::stack({one, one.flip(2), (255 - one.to(at::kLong)).to(at::kByte)});
  const at::Tensor deep = images.to(at::kInt).mul(257).to(at::kUInt16);
  for (const at::Tensor& stored : {images, deep, images.to(at::kFloat) / 255}) {
    auto normalize = augmentation("normalize");
    const json fitted = normalize->fit(*split_of(stored));
    const at::Tensor unit = images.to(at::kDouble) / 255;
    for (int64_t c = 0; c < 3; ++c) {
      CHECK(fitted["mean"][c].get<double>() == Approx(unit.select(1, c).mean().item<double>()).epsilon(1e-6));
      CHECK(fitted["std"][c].get<double>() == Approx(unit.select(1, c).std(false).item<double>()).epsilon(1e-6));
    }
    const at::Tensor result = applied(*normalize, stored)["input"];
    CHECK(result.mean({0, 2, 3}).abs().max().item<float>() < 1e-5f);
    CHECK((result.std(at::IntArrayRef{0, 2, 3}, false) - 1).abs().max().item<float>() < 1e-4f);
    auto restored = augmentation("normalize");
    restored->restore(json::parse(fitted.dump()));
    CHECK(applied(*restored, stored)["input"].equal(result));
  }
  // A constant channel is only shifted; given values are taken as they are.
  auto constant = augmentation("normalize");
  const json flat = constant->fit(*split_of(at::full({2, 1, 3, 3}, 51, at::kByte)));
  CHECK(flat["mean"][0].get<double>() == Approx(0.2));
  CHECK(flat["std"][0].get<double>() == 1.0);
  CHECK(augmentation("normalize", {{"mean", {0.5}}, {"std", {0.5}}})->fit(*split_of(images)).is_null());
  // One value serves all channels.
  auto half = augmentation("normalize", {{"mean", {0.5}}, {"std", {0.5}}});
  CHECK(at::allclose(applied(*half, images)["input"], images.to(at::kFloat) / 127.5 - 1, 1e-5, 1e-6));
}

TEST_CASE("normalize says which statistics are those of Fashion-MNIST") {
  auto folder = test::real_data("fashion-mnist");
  if (folder.empty()) return;
  Splits splits = test::dataset("idx", {{"path", folder.string()}})->open({.classification = true});
  const json fitted = augmentation("normalize")->fit(*splits.train);
  CHECK(fitted["mean"][0].get<double>() == Approx(0.2860).margin(5e-5));
  CHECK(fitted["std"][0].get<double>() == Approx(0.3530).margin(5e-5));
}

TEST_CASE("normalize is the same for held-out pictures") {
  const at::Tensor images = picture().unsqueeze(0).contiguous();
  auto normalize = augmentation("normalize", {{"mean", {0.5}}, {"std", {0.25}}});
  Batch batch{{"input", images}};
  normalize->apply_to_held_out(batch);
  CHECK(batch["input"].equal(applied(*normalize, images)["input"]));
}

TEST_CASE("normalize refuses what does not fit, naming the parameter") {
  refuses_shape("normalize", {{"mean", {0.1, 0.2}}, {"std", {1.0, 1.0}}}, {3, 4, 4}, "normalize.mean: has 2 values");
  refuses_shape("normalize", json::object(), {4}, "normalize: works on images");
}

}  // namespace dlrun::normalize_test
