// random_erasing: how often, how much, and what stands there.

#include <catch2/catch.hpp>

#include "data/augmented.h"

namespace dlrun::random_erasing_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("random_erasing takes a rectangle of torchvision's sizes from a share p of the pictures") {
  const at::Tensor bytes = at::full({2000, 1, 40, 30}, 200, at::kByte);
  const auto erasing = augmentation("random_erasing", {{"p", 0.3}, {"value", {9.0}}});
  at::Tensor reference;
  for (const at::Tensor& images : layouts(bytes)) {
    const at::Tensor result = applied(*erasing, images)["input"];
    CHECK(result.suggest_memory_format() == images.suggest_memory_format());
    const at::Tensor gone = eight_bits(result).eq(9);
    if (reference.defined()) {
      CHECK(gone.equal(reference));
      continue;
    }
    reference = gone;
    const at::Tensor areas = gone.flatten(1).sum(1), hit = areas.gt(0);
    CHECK(hit.sum().item<int64_t>() == Approx(600).margin(4 * std::sqrt(2000 * 0.21)));
    const at::Tensor share = areas.index({hit}).to(at::kDouble) / 1200;
    CHECK(share.min().item<double>() > 0.015);
    CHECK(share.max().item<double>() < 0.35);
    CHECK(share.mean().item<double>() == Approx(0.175).margin(0.02));
    // Each is a rectangle: as many pixels as its rows times its columns.
    const at::Tensor rows = gone.squeeze(1).any(2).sum(1), columns = gone.squeeze(1).any(1).sum(1);
    CHECK(areas.equal(rows * columns));
    const at::Tensor ratio = rows.index({hit}).to(at::kDouble) / columns.index({hit}).to(at::kDouble);
    CHECK(ratio.min().item<double>() > 0.25);
    CHECK(ratio.max().item<double>() < 4.0);
    CHECK(ratio.log().mean().item<double>() == Approx(0.0).margin(0.12));
  }
}

TEST_CASE("random_erasing fills by channel or with normal draws") {
  const at::Tensor images = at::full({200, 3, 16, 16}, 5.0f);
  const at::Tensor filled =
      applied(*augmentation("random_erasing", {{"p", 1.0}, {"value", {1.0, 2.0, 3.0}}}), images)["input"];
  for (int64_t c = 0; c < 3; ++c) {
    const at::Tensor plane = filled.select(1, c);
    CHECK(plane.eq(5).logical_or(plane.eq(static_cast<double>(c + 1))).all().item<bool>());
    CHECK(plane.eq(5).equal(filled.select(1, 0).eq(5)));
  }
  const at::Tensor noisy = applied(*augmentation("random_erasing", {{"p", 1.0}, {"random", true}}), images)["input"];
  const at::Tensor drawn = noisy.index({noisy.ne(5)});
  CHECK(drawn.numel() > 5000);
  CHECK(drawn.mean().item<double>() == Approx(0.0).margin(0.05));
  CHECK(drawn.std().item<double>() == Approx(1.0).epsilon(0.03));
}

TEST_CASE("random_erasing is a sample's own and refuses what does not fit") {
  const at::Tensor images = picture().unsqueeze(0).repeat({8, 1, 1, 1});
  const auto erasing = augmentation("random_erasing", {{"p", 1.0}});
  const at::Tensor whole = applied(*erasing, images)["input"];
  Batch one{{"input", images.slice(0, 0, 1).clone()}};
  const std::vector<int64_t> samples = {6};
  erasing->apply(one, {.seed = 5, .epoch = 0, .samples = samples});
  CHECK(one["input"][0].equal(whole[6]));
  CHECK_FALSE(whole[5].equal(whole[6]));
  refuses_shape("random_erasing", {{"value", {1.0, 2.0}}}, {3, 8, 8}, "random_erasing.value: has 2 numbers");
  check_error(
      [&] {
        applied(*augmentation("random_erasing", {{"random", true}}), images);
      },
      ExitCode::bad_recipe, "behind normalize");
}

}  // namespace dlrun::random_erasing_test
