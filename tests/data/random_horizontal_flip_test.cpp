// random_horizontal_flip against its closed form.

#include <catch2/catch.hpp>

#include "data/augmented.h"

namespace dlrun::random_horizontal_flip_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("random_horizontal_flip leaves held-out pictures alone") {
  const at::Tensor images = picture().unsqueeze(0).contiguous();
  Batch same{{"input", images}};
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
      const at::Tensor flipped = eight_bits(result).eq(images.flip(3)).flatten(1).all(1);
      const at::Tensor kept = eight_bits(result).eq(images).flatten(1).all(1);
      CHECK(flipped.logical_xor(kept).all().item<bool>());
      CHECK(flipped.sum().item<int64_t>() == Approx(2000 * p).margin(4 * std::sqrt(2000 * p * (1 - p))));
      if (reference.defined()) CHECK(flipped.equal(reference));
      reference = flipped;
    }
  }
}

TEST_CASE("random_horizontal_flip refuses what does not fit, naming the parameter") {
  refuses_shape("random_horizontal_flip", json::object(), {10, 2}, "these samples have 2 dimensions");
}

}  // namespace dlrun::random_horizontal_flip_test
