// Augmentations: normalize, random_crop and random_horizontal_flip against torchvision and closed forms.

#include "data/augmentation.h"

#include <catch2/catch.hpp>

#include "data/components.h"
#include "golden.h"

namespace dlrun {
namespace {

using nlohmann::json;

// The picture tests/golden/images.py draws, uint8 [3, 37, 50].
at::Tensor picture() {
  at::Tensor y = at::arange(37, at::kLong).unsqueeze(1), x = at::arange(50, at::kLong).unsqueeze(0);
  return at::stack({(3 * x + 5 * y).remainder(256), (x * y).remainder(256), (200 - 4 * x + y).remainder(256)})
      .to(at::kByte);
}

at::Tensor from_json(const json& values) {
  std::vector<double> flat;
  std::vector<int64_t> shape;
  const std::function<void(const json&, size_t)> walk = [&](const json& node, size_t depth) {
    if (!node.is_array()) return flat.push_back(node.get<double>());
    if (shape.size() <= depth) shape.push_back(static_cast<int64_t>(node.size()));
    for (const json& child : node) walk(child, depth + 1);
  };
  walk(values, 0);
  return at::tensor(flat).view(shape);
}

std::shared_ptr<Augmentation> augmentation(const std::string& type, const json& values = json::object()) {
  return test::component<Augmentation>(type, values);
}

Batch applied(const Augmentation& augmentation, const at::Tensor& images, uint32_t epoch = 0) {
  Batch batch{{"input", images.clone()}};
  const std::vector<int64_t> samples = all_rows(images.size(0));
  augmentation.apply(batch, {.seed = 5, .epoch = epoch, .samples = samples});
  return batch;
}

std::shared_ptr<Split> split_of(const at::Tensor& images) {
  return std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", images}}, all_rows(images.size(0)));
}

// Every layout and type an image may have.
std::vector<at::Tensor> layouts(const at::Tensor& images) {
  const at::Tensor real = images.to(at::kFloat);
  return {images, images.contiguous(at::MemoryFormat::ChannelsLast), real,
          real.contiguous(at::MemoryFormat::ChannelsLast)};
}

}  // namespace

TEST_CASE("normalize gives torchvision's numbers, channels last") {
  const at::Tensor one = picture();
  const at::Tensor batch = at::stack({one, one.flip(2)}).slice(2, 0, 6).slice(3, 0, 7).contiguous();
  const at::Tensor golden = from_json(read_golden("images")["normalize"]);
  auto normalize = augmentation("normalize", {{"mean", {0.4914, 0.4822, 0.4465}}, {"std", {0.247, 0.243, 0.261}}});
  for (const at::Tensor& layout : layouts(batch)) {
    const at::Tensor input = layout.scalar_type() == at::kByte ? layout : layout / 255;
    const at::Tensor result = applied(*normalize, input)["input"];
    CHECK(result.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK((result.to(at::kDouble) - golden).abs().max().item<double>() < 2e-6);
  }
}

TEST_CASE("normalize measures mean and deviation on the training split") {
  const at::Tensor one = picture();
  const at::Tensor images = at::stack({one, one.flip(2), (255 - one.to(at::kLong)).to(at::kByte)});
  for (const at::Tensor& stored : {images, images.to(at::kFloat) / 255}) {
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

TEST_CASE("random_crop takes every window of torchvision's padding, each equally often") {
  const at::Tensor image = picture().slice(1, 0, 5).slice(2, 0, 6).contiguous();
  const json golden = read_golden("images")["pad"];
  constexpr int64_t count = 5 * 7 * 100;  // windows of 7 x 6 in 11 x 12: 5 * 7 places
  for (const std::string mode : {"constant", "edge", "reflect", "symmetric"}) {
    auto crop =
        augmentation("random_crop", {{"size", 7}, {"width", 6}, {"padding", 3}, {"padding_mode", mode}, {"fill", 7.0}});
    CHECK(crop->output_shape({3, 5, 6}) == std::vector<int64_t>{3, 7, 6});
    const at::Tensor padded = from_json(golden[mode]).to(at::kByte);
    at::Tensor reference;
    for (const at::Tensor& images : layouts(image.unsqueeze(0).repeat({count, 1, 1, 1}))) {
      const at::Tensor crops = applied(*crop, images)["input"];
      REQUIRE(crops.sizes() == at::IntArrayRef({count, 3, 7, 6}));
      CHECK(crops.scalar_type() == images.scalar_type());
      CHECK(crops.suggest_memory_format() == images.suggest_memory_format());
      if (reference.defined()) {
        CHECK(crops.to(at::kByte).equal(reference));  // the draws do not depend on the layout
        continue;
      }
      reference = crops;
      at::Tensor seen = at::zeros({5, 7}, at::kLong);
      const at::Tensor flat = crops.flatten(1);
      int64_t found = 0;
      for (int64_t top = 0; top < 5; ++top)
        for (int64_t left = 0; left < 7; ++left) {
          const at::Tensor window = padded.slice(1, top, top + 7).slice(2, left, left + 6).flatten();
          const int64_t hits = flat.eq(window).all(1).sum().item<int64_t>();
          found += hits;
          CHECK(hits > 55);  // 100 expected, deviation 10
          CHECK(hits < 145);
        }
      CHECK(found == count);
    }
  }
}

TEST_CASE("random_crop draws anew each epoch, the same for the same sample") {
  const at::Tensor images = picture().unsqueeze(0).repeat({20, 1, 1, 1});
  auto crop = augmentation("random_crop", {{"size", 30}, {"padding", 4}});
  CHECK(applied(*crop, images, 1)["input"].equal(applied(*crop, images, 1)["input"]));
  CHECK(!applied(*crop, images, 1)["input"].equal(applied(*crop, images, 2)["input"]));
  // A sample's crop does not depend on its place in the batch.
  Batch batch{{"input", images.slice(0, 0, 1).clone()}};
  const std::vector<int64_t> samples = {17};
  crop->apply(batch, {.seed = 5, .epoch = 1, .samples = samples});
  CHECK(batch["input"][0].equal(applied(*crop, images, 1)["input"][17]));
}

TEST_CASE("random_crop takes the middle of held-out pictures, as torchvision's center_crop") {
  const at::Tensor image = picture().slice(1, 0, 5).slice(2, 0, 6).contiguous();
  const json golden = read_golden("images")["center_crop"];
  REQUIRE(golden.size() == 6);
  for (const auto& [name, values] : golden.items()) {
    INFO(name);
    const at::Tensor expected = from_json(values).to(at::kByte);
    auto crop = augmentation("random_crop", {{"size", expected.size(1)}, {"width", expected.size(2)}, {"padding", 2}});
    for (const at::Tensor& images : layouts(image.unsqueeze(0).repeat({3, 1, 1, 1}))) {
      Batch batch{{"input", images.clone()}};
      crop->apply_to_held_out(batch);
      CHECK(batch["input"].scalar_type() == images.scalar_type());
      CHECK(batch["input"].to(at::kByte).equal(expected.unsqueeze(0).repeat({3, 1, 1, 1})));
    }
  }
}

TEST_CASE("normalize is the same for held-out pictures, random_horizontal_flip is not for them") {
  const at::Tensor images = picture().unsqueeze(0).contiguous();
  auto normalize = augmentation("normalize", {{"mean", {0.5}}, {"std", {0.25}}});
  Batch batch{{"input", images}}, same{{"input", images}};
  normalize->apply_to_held_out(batch);
  CHECK(batch["input"].equal(applied(*normalize, images)["input"]));
  augmentation("random_horizontal_flip", {{"p", 1.0}})->apply_to_held_out(same);
  CHECK(same["input"].equal(images));
}

TEST_CASE("random_horizontal_flip mirrors a share p of the pictures") {
  const at::Tensor images = picture().unsqueeze(0).repeat({2000, 1, 1, 1}).slice(2, 0, 4).contiguous();
  for (double p : {0.0, 0.25, 0.5, 1.0}) {
    auto flip = augmentation("random_horizontal_flip", {{"p", p}});
    at::Tensor reference;
    for (const at::Tensor& layout : layouts(images)) {
      const at::Tensor result = applied(*flip, layout)["input"];
      CHECK(result.suggest_memory_format() == layout.suggest_memory_format());
      const at::Tensor flipped = result.eq(layout.flip(3)).flatten(1).all(1);
      const at::Tensor kept = result.eq(layout).flatten(1).all(1);
      CHECK(flipped.logical_xor(kept).all().item<bool>());
      CHECK(flipped.sum().item<int64_t>() == Approx(2000 * p).margin(4 * std::sqrt(2000 * p * (1 - p))));
      if (reference.defined()) CHECK(flipped.equal(reference));
      reference = flipped;
    }
  }
}

TEST_CASE("augmentations refuse what does not fit, naming the parameter") {
  const auto refuses = [](const char* type, const json& values, std::vector<int64_t> shape, const char* message) {
    INFO(message);
    test::check_error([&] { augmentation(type, values)->output_shape(shape); }, ExitCode::bad_recipe, message);
  };
  refuses("random_crop", {{"size", 33}}, {3, 32, 32}, "random_crop.size: a height of 33 is more than the picture's 32");
  refuses("random_crop", {{"size", 8}, {"width", 33}}, {3, 32, 32}, "random_crop.size: a width of 33");
  refuses("random_crop", {{"padding", 32}, {"padding_mode", "reflect"}}, {3, 32, 40}, "random_crop.padding: 32 is too");
  refuses("random_crop", json::object(), {10}, "these samples have 1 dimensions");
  refuses("random_horizontal_flip", json::object(), {10, 2}, "these samples have 2 dimensions");
  refuses("normalize", {{"mean", {0.1, 0.2}}, {"std", {1.0, 1.0}}}, {3, 4, 4}, "normalize.mean: has 2 values");
  refuses("normalize", json::object(), {4}, "normalize: works on images");
}

}  // namespace dlrun
