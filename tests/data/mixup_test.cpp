// mixup: torchvision's blend of rows and targets, for pictures, rows of numbers, classes and numbers.

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "data/mixed.h"

namespace dlrun::mixup_test {

using namespace dlrun::test;
using nlohmann::json;

namespace {

Batch mixed(const Augmentation& mixup, const at::Tensor& rows, const at::Tensor& target, uint32_t epoch = 0) {
  Batch batch{{"input", rows.clone()}, {"target", target.clone()}};
  batch.count = rows.size(0);
  const std::vector<int64_t> samples = all_rows(rows.size(0));
  mixup.apply(batch, {.seed = 5, .epoch = epoch, .samples = samples});
  return batch;
}

}  // namespace

TEST_CASE("mixup blends every row with the one before it, in every layout and type") {
  const at::Tensor bytes = (at::arange(6 * 3 * 5 * 4, at::kLong) * 37).remainder(251).to(at::kByte).view({6, 3, 5, 4});
  const at::Tensor classes = at::arange(6, at::kLong);
  const auto mixup = augmentation("mixup");
  double share = -1;
  for (const at::Tensor& images : layouts(bytes)) {
    const Batch batch = mixed(*mixup, images, classes);
    REQUIRE(batch.has(mixed_classes));
    CHECK(batch[mixed_classes].equal(at::stack({classes, classes.roll(1, 0)}, 1)));
    const at::Tensor shares = batch[mixed_shares];
    const double own = shares[0][0].item<double>();
    if (share >= 0) CHECK(own == share);
    share = own;
    CHECK(shares.equal(shares[0].expand({6, 2})));
    CHECK(shares.sum(1).sub(1).abs().max().item<double>() < 1e-6);
    CHECK(batch["target"].equal(own >= 0.5 ? classes : classes.roll(1, 0)));
    const at::Tensor before = images.to(at::kFloat).to(at::kDouble);
    const at::Tensor expected = before * own + before.roll(1, 0) * (1 - own);
    const at::Tensor result = batch["input"];
    CHECK(result.scalar_type() == images.scalar_type());
    CHECK(result.suggest_memory_format() == images.suggest_memory_format());
    const double rounding = images.is_floating_point() ? 1e-4 : 0.51;
    CHECK((result.to(at::kFloat).to(at::kDouble) - expected).abs().max().item<double>() <= rounding);
  }
}

TEST_CASE("mixup blends targets that are numbers, and mixes again what is mixed") {
  const at::Tensor rows = at::randn({5, 3}), numbers = at::randn({5, 2});
  const auto mixup = augmentation("mixup", {{"alpha", 0.4}});
  const Batch batch = mixed(*mixup, rows, numbers);
  CHECK_FALSE(batch.has(mixed_classes));
  // The one share that explains the input explains the target.
  const double share = ((batch["input"] - rows.roll(1, 0)) / (rows - rows.roll(1, 0))).mean().item<double>();
  CHECK(batch["target"].allclose(numbers * share + numbers.roll(1, 0) * (1 - share), 1e-3, 1e-4));

  Batch twice = mixed(*mixup, rows, at::arange(5, at::kLong));
  const std::vector<int64_t> samples = all_rows(5);
  mixup->apply(twice, {.seed = 5, .epoch = 0, .transform = 1, .samples = samples});
  CHECK(twice[mixed_classes].sizes() == at::IntArrayRef({5, 4}));
  CHECK(twice[mixed_shares].sum(1).sub(1).abs().max().item<double>() < 1e-6);
  // Every row is the sum of rows by its shares.
  at::Tensor sum = at::zeros_like(rows);
  for (int64_t k = 0; k < 4; ++k)
    sum += rows.index_select(0, twice[mixed_classes].select(1, k)) * twice[mixed_shares].select(1, k).unsqueeze(1);
  CHECK(sum.allclose(twice["input"], 1e-4, 1e-5));
}

TEST_CASE("the share of a batch is a draw from Beta(alpha, alpha), the same whenever the batch is made") {
  for (const double alpha : {0.2, 1.0, 3.0}) {
    const auto mixup = augmentation("mixup", {{"alpha", alpha}});
    const at::Tensor rows = at::tensor({0.0f, 1.0f}).view({2, 1});
    std::vector<double> shares;
    for (uint32_t epoch = 0; epoch < 4000; ++epoch)
      shares.push_back(mixed(*mixup, rows, rows, epoch)["input"][1][0].item<double>());
    const at::Tensor all = at::tensor(shares);
    CHECK(all.mean().item<double>() == Approx(0.5).margin(0.03));
    CHECK(all.var().item<double>() == Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.08));
    CHECK(mixed(*mixup, rows, rows, 7)["input"].equal(mixed(*mixup, rows, rows, 7)["input"]));
  }
}

TEST_CASE("mixup mixes a share p of the batches and refuses what cannot be blended") {
  const at::Tensor rows = at::randn({4, 3}), classes = at::arange(4, at::kLong);
  const auto some = augmentation("mixup", {{"p", 0.25}});
  int64_t hits = 0;
  for (uint32_t epoch = 0; epoch < 800; ++epoch) hits += mixed(*some, rows, classes, epoch).has(mixed_classes);
  CHECK(hits == Approx(200).margin(50));
  const auto mixup = augmentation("mixup");
  check_error([&] { mixed(*mixup, at::ones({4, 3}, at::kLong), classes); }, ExitCode::bad_recipe, "ids of tokens");
  check_error([&] { mixed(*mixup, rows, at::ones({4, 3}, at::kLong)); }, ExitCode::bad_recipe, "several classes each");
  Batch more{{"input", rows.clone()}, {"input.lengths", classes}};
  const std::vector<int64_t> samples = all_rows(4);
  check_error([&] { mixup->apply(more, {.seed = 5, .samples = samples}); }, ExitCode::bad_recipe, "'input.lengths'");
  Batch held_out{{"input", rows.clone()}};
  mixup->apply_to_held_out(held_out);
  CHECK(held_out["input"].equal(rows));
}

}  // namespace dlrun::mixup_test
