// random_vertical_flip against torch's flip.

#include <catch2/catch.hpp>

#include "data/augmentation.h"
#include "data/augmented.h"
#include "data/components.h"

namespace dlrun::random_vertical_flip_test {
namespace {

TEST_CASE("random_vertical_flip turns a share p of the pictures over, whatever their layout") {
  const at::Tensor bytes =
      (at::arange(2000 * 3 * 5 * 4, at::kLong) * 7).remainder(251).to(at::kByte).view({2000, 3, 5, 4});
  const std::vector<int64_t> samples = all_rows(2000);
  for (const double p : {0.0, 0.25, 1.0}) {
    const auto flip = test::component<Augmentation>("random_vertical_flip", {{"p", p}});
    at::Tensor reference;
    for (const at::Tensor& images : test::layouts(bytes)) {
      Batch batch{{"input", images.clone()}};
      flip->apply(batch, {.seed = 5, .epoch = 0, .samples = samples});
      const at::Tensor result = batch["input"];
      CHECK(result.suggest_memory_format() == images.suggest_memory_format());
      const at::Tensor plain = test::eight_bits(result), flipped = plain.eq(bytes.flip(2)).flatten(1).all(1);
      CHECK(flipped.logical_xor(plain.eq(bytes).flatten(1).all(1)).all().item<bool>());
      CHECK(flipped.sum().item<int64_t>() == Approx(2000 * p).margin(4 * std::sqrt(2000 * p * (1 - p))));
      if (reference.defined()) CHECK(flipped.equal(reference));
      reference = flipped;
    }
  }
}

TEST_CASE("random_vertical_flip leaves held-out pictures alone and refuses what is no image") {
  const auto flip = test::component<Augmentation>("random_vertical_flip", {{"p", 1.0}});
  const at::Tensor images = at::rand({2, 3, 4, 5});
  Batch batch{{"input", images.clone()}};
  flip->apply_to_held_out(batch);
  CHECK(batch["input"].equal(images));
  test::check_error([&] { flip->output_shape({10, 2}); }, ExitCode::bad_recipe, "these samples have 2 dimensions");
}

}  // namespace
}  // namespace dlrun::random_vertical_flip_test
