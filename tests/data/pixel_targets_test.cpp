// Targets of pixels go where their pixels go: flips and crops against the same done to the picture.

#include "data/pixel_targets.h"

#include <catch2/catch.hpp>

#include "data/augmentation.h"
#include "data/components.h"
#include "experiment/experiment.h"
#include "spec/read.h"

namespace dlrun::pixel_targets_test {
namespace {

using nlohmann::json;

constexpr int64_t count = 40, height = 9, width = 12;

// Pictures whose first channel holds, as float, what the target says of the same pixel.
Batch numbered() {
  const at::Tensor target = at::arange(count * height * width, at::kLong).reshape({count, height, width});
  const at::Tensor first = target.to(at::kFloat).unsqueeze(1);
  return {{"input", at::cat({first, -first}, 1).contiguous(at::MemoryFormat::ChannelsLast)}, {"target", target}};
}

Batch applied(const std::string& type, const json& values, Batch batch, bool held_out = false) {
  const auto augmentation = test::component<Augmentation>(type, values);
  const std::vector<int64_t> samples = all_rows(count);
  if (held_out)
    augmentation->apply_to_held_out(batch);
  else
    augmentation->apply(batch, {.seed = 5, .epoch = 1, .samples = samples});
  return batch;
}

// Picture and target still say the same, pixel by pixel; where the target says nothing the picture was padded with 7.5.
void check_together(const Batch& batch) {
  const at::Tensor said = batch["input"].select(1, 0), target = batch["target"];
  REQUIRE(said.sizes() == target.sizes());
  CHECK(at::equal(said, at::where(target.ge(0), target.to(at::kFloat), 7.5)));
  CHECK(target.lt(0).logical_and(target.ne(-100)).sum().item<int64_t>() == 0);
}

TEST_CASE("flips and crops move targets of pixels with the picture") {
  for (const char* flip : {"random_horizontal_flip", "random_vertical_flip"}) {
    INFO(flip);
    const Batch moved = applied(flip, json::object(), numbered());
    check_together(moved);
    CHECK_FALSE(moved["target"].equal(numbered()["target"]));
  }
  for (const char* mode : {"constant", "edge", "reflect", "symmetric"}) {
    INFO(mode);
    const Batch cropped = applied(
        "random_crop", {{"size", 7}, {"width", 10}, {"padding", 3}, {"padding_mode", mode}, {"fill", 7.5}}, numbered());
    CHECK(cropped["target"].sizes() == at::IntArrayRef({count, 7, 10}));
    check_together(cropped);
    CHECK(cropped["target"].eq(-100).any().item<bool>() == (std::string(mode) == "constant"));
  }
}

TEST_CASE("held-out targets of pixels are cut like their pictures, or both stay whole") {
  const Batch middle = applied("random_crop", {{"size", 5}}, numbered(), true);
  check_together(middle);
  CHECK(middle["target"].equal(numbered()["target"].slice(1, 2, 7).slice(2, 4, 9)));
  const Batch whole = applied("random_crop", {{"size", 5}, {"held_out", "whole"}}, numbered(), true);
  CHECK(whole["target"].equal(numbered()["target"]));
  CHECK(whole["input"].equal(numbered()["input"]));
  const auto crop = test::component<Augmentation>("random_crop", {{"size", 5}, {"held_out", "whole"}});
  CHECK(crop->output_shape({3, 9, 12}) == std::vector<int64_t>{3, 9, 12});
  CHECK(test::component<Augmentation>("random_crop", {{"size", 5}})->output_shape({3, 9, 12}) ==
        std::vector<int64_t>{3, 5, 5});
}

TEST_CASE("what is no target of pixels stays where it is") {
  Batch batch = numbered();
  const at::Tensor classes = at::arange(count, at::kLong), tags = at::ones({count, height, 5}, at::kLong);
  batch.set("target", classes);
  batch.set("tags", tags);
  const Batch moved = applied("random_horizontal_flip", {{"p", 1.0}}, batch);
  CHECK(moved["target"].equal(classes));
  CHECK(moved["tags"].equal(tags));
}

// Moves pictures, and has not heard of targets.
struct Shift final : Augmentation {
  std::vector<Field> fields() override { return {}; }
  void apply(Batch& batch, const Draws&) const override { batch.set("input", batch["input"].roll(1, 3)); }
};

TEST_CASE("an augmentation that does not know of targets of pixels is refused for such data, and for no other") {
  std::filesystem::current_path(test::source_dir());
  const auto built = [](const std::string& file) {
    Recipe recipe;
    read_file(file, {{"hardware.threads=1"}}, recipe);
    recipe.augmentation.values.push_back({Augmentation::kind, "shift", std::make_shared<Shift>()});
    build(recipe, {});
  };
  test::check_error([&] { built("tests/recipes/unet.yaml"); }, ExitCode::bad_recipe,
                    "augmentation.4: shift does not know of targets of pixels (target of these data)");
  CHECK_NOTHROW(built("tests/recipes/adam.yaml"));
}

TEST_CASE("what is known of the data follows a crop, picture and target alike") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_file("tests/recipes/unet.yaml", {{"augmentation=[{type: random_crop, size: 16}]", "hardware.threads=1"}},
            recipe);
  const Experiment experiment = build(recipe, {});
  CHECK(recipe.task->info().input().sizes == std::vector<int64_t>{3, 16, 16});
  CHECK(recipe.task->info().target()->sizes == std::vector<int64_t>{16, 16});
}

}  // namespace
}  // namespace dlrun::pixel_targets_test
