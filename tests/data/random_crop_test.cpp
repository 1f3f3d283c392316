// random_crop against torchvision: its windows, its paddings, the middle of held-out pictures.

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::random_crop_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("random_crop takes every window of torchvision's padding, each equally often") {
  const at::Tensor image = picture().slice(1, 0, 5).slice(2, 0, 6).contiguous();
  const json golden = read_golden("data/random_crop")["pad"];
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
        CHECK(eight_bits(crops).equal(reference));  // the draws do not depend on the layout
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
  const json golden = read_golden("data/random_crop")["center_crop"];
  REQUIRE(golden.size() == 6);
  for (const auto& [name, values] : golden.items()) {
    INFO(name);
    const at::Tensor expected = from_json(values).to(at::kByte);
    auto crop = augmentation("random_crop", {{"size", expected.size(1)}, {"width", expected.size(2)}, {"padding", 2}});
    for (const at::Tensor& images : layouts(image.unsqueeze(0).repeat({3, 1, 1, 1}))) {
      Batch batch{{"input", images.clone()}};
      crop->apply_to_held_out(batch);
      CHECK(batch["input"].scalar_type() == images.scalar_type());
      CHECK(eight_bits(batch["input"]).equal(expected.unsqueeze(0).repeat({3, 1, 1, 1})));
    }
  }
}

TEST_CASE("random_crop refuses what does not fit, naming the parameter") {
  refuses_shape("random_crop", {{"size", 33}}, {3, 32, 32},
                "random_crop.size: a height of 33 is more than the picture's 32");
  refuses_shape("random_crop", {{"size", 8}, {"width", 33}}, {3, 32, 32}, "random_crop.size: a width of 33");
  refuses_shape("random_crop", {{"padding", 32}, {"padding_mode", "reflect"}}, {3, 32, 40},
                "random_crop.padding: 32 is too");
  refuses_shape("random_crop", json::object(), {10}, "these samples have 1 dimensions");
}

}  // namespace dlrun::random_crop_test
