// cutmix: a rectangle from the picture before, as much of its class, and the pixels' targets with it.

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "data/mixed.h"

namespace dlrun::cutmix_test {

using namespace dlrun::test;
using nlohmann::json;

namespace {

Batch cut(const Augmentation& cutmix, const at::Tensor& images, const at::Tensor& target, uint32_t epoch) {
  Batch batch{{"input", images.clone()}, {"target", target.clone()}};
  const std::vector<int64_t> samples = all_rows(images.size(0));
  cutmix.apply(batch, {.seed = 5, .epoch = epoch, .samples = samples});
  return batch;
}

}  // namespace

TEST_CASE("cutmix pastes one rectangle into every picture and counts its area, in every layout and type") {
  const at::Tensor bytes = at::arange(4, at::kByte).view({4, 1, 1, 1}).expand({4, 3, 12, 10}).contiguous();
  const at::Tensor classes = at::arange(4, at::kLong);
  const auto cutmix = augmentation("cutmix");
  double total = 0;
  for (uint32_t epoch = 0; epoch < 200; ++epoch) {
    at::Tensor reference;
    for (const at::Tensor& images : layouts(bytes)) {
      const Batch batch = cut(*cutmix, images, classes, epoch);
      const at::Tensor result = eight_bits(batch["input"]);
      if (reference.defined()) {
        CHECK(result.equal(reference));
        continue;
      }
      reference = result;
      const at::Tensor other = result.ne(bytes);
      CHECK(at::where(other, bytes.roll(1, 0), bytes).equal(result));
      CHECK(other.equal(other[0][0].expand({4, 3, 12, 10})));
      const at::Tensor plane = other[0][0];
      CHECK(plane.sum().item<int64_t>() == plane.any(0).sum().item<int64_t>() * plane.any(1).sum().item<int64_t>());
      const double share = 1.0 - plane.to(at::kDouble).mean().item<double>();
      CHECK(batch[mixed_shares][2][0].item<double>() == Approx(share));
      CHECK(batch["target"].equal(share >= 0.5 ? classes : classes.roll(1, 0)));
      total += share;
    }
  }
  CHECK(total / 200 > 0.5);  // 0.5 of Beta(1, 1), and what the edges keep
  CHECK(total / 200 < 0.8);
}

TEST_CASE("cutmix takes targets of pixels along, which stay classes") {
  const at::Tensor images = at::rand({3, 1, 8, 8});
  const at::Tensor masks = at::arange(3, at::kLong).view({3, 1, 1}).expand({3, 8, 8}).contiguous();
  const auto cutmix = augmentation("cutmix");
  for (uint32_t epoch = 0; epoch < 20; ++epoch) {
    const Batch batch = cut(*cutmix, images, masks, epoch);
    CHECK_FALSE(batch.has(mixed_classes));
    const at::Tensor other = batch["input"].ne(images).squeeze(1);
    CHECK(at::where(other, masks.roll(1, 0), masks).equal(batch["target"]));
  }
}

TEST_CASE("cutmix mixes a share p of the batches and refuses what is no picture") {
  const at::Tensor images = at::rand({3, 1, 8, 8}), classes = at::arange(3, at::kLong);
  const auto some = augmentation("cutmix", {{"p", 0.25}});
  int64_t hits = 0;
  for (uint32_t epoch = 0; epoch < 400; ++epoch) hits += cut(*some, images, classes, epoch).has(mixed_classes);
  CHECK(hits == Approx(100).margin(36));
  refuses_shape("cutmix", json::object(), {10}, "these samples have 1 dimensions");
}

}  // namespace dlrun::cutmix_test
