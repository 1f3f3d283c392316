// Views: two independent changes of the same samples, pure functions of seed, epoch and sample.

#include "data/loader.h"
#include "data/series.h"

namespace dlrun::views_test {
namespace {

const std::string two = "{type: views, first: [{type: jitter, std: 1}]}";

at::Tensor rows_of(int64_t count) { return at::arange(count * 6, at::kFloat).reshape({count, 6}).sin(); }

std::unique_ptr<Loader> loader_of(const std::string& yaml, bool training, int64_t workers) {
  const auto split = std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", rows_of(10)}}, all_rows(10));
  const test::AugmentationHolder holder(yaml);
  LoaderOptions options;
  options.batch_size = 4;
  options.shuffle = training;
  options.training = training;
  options.seed = 3;
  options.workers = workers;
  return std::make_unique<Loader>(split,
                                  std::vector<std::shared_ptr<const Augmentation>>{
                                      std::static_pointer_cast<const Augmentation>(holder.augmentation.value)},
                                  options);
}

TEST_CASE("the two views of a sample differ from each other, from the sample, and from those of another epoch") {
  const at::Tensor rows = rows_of(8);
  const Batch batch = test::changed(two, rows), again = test::changed(two, rows), next = test::changed(two, rows, 1);
  const at::Tensor first = batch["input"] - rows, second = batch["second.input"] - rows;
  CHECK(first.abs().min().item<double>() > 0);
  CHECK((first - second).abs().min().item<double>() > 0);
  // Independent: 48 products of normal numbers.
  CHECK((first * second).mean().item<double>() == Approx(0.0).margin(4 / std::sqrt(48.0)));
  CHECK(at::equal(again["input"], batch["input"]));
  CHECK(at::equal(again["second.input"], batch["second.input"]));
  CHECK_FALSE(at::equal(next["second.input"], batch["second.input"]));
  const Batch some = test::changed(two, rows.narrow(0, 5, 2), 0, 5);
  CHECK(at::equal(some["input"], batch["input"].narrow(0, 5, 2)));
  CHECK(at::equal(some["second.input"], batch["second.input"].narrow(0, 5, 2)));
}

TEST_CASE("draws within views are shared with no other transform of the recipe") {
  const at::Tensor rows = at::zeros({3, 6});
  const std::string twice = "{type: views, first: [{type: jitter, std: 1}, {type: jitter, std: 1}]}";
  std::vector<at::Tensor> noises;
  for (uint64_t place = 0; place < 3; ++place) {
    noises.push_back(test::changed("{type: jitter, std: 1}", rows, 0, 0, place)["input"]);
    const Batch batch = test::changed(twice, rows, 0, 0, place), one = test::changed(two, rows, 0, 0, place);
    for (const char* name : {"input", "second.input"}) {
      noises.push_back(one[name]);
      noises.push_back(batch[name] - one[name]);  // of the second of the two
    }
  }
  for (size_t i = 0; i < noises.size(); ++i)
    for (size_t k = 0; k < i; ++k) CHECK((noises[i] - noises[k]).abs().max().item<double>() > 0.1);
}

TEST_CASE("the second view has a list of its own where one is given") {
  const at::Tensor rows = rows_of(5) + 3;
  const Batch batch = test::changed("{type: views, first: [], second: [{type: scaling, std: 0.5}]}", rows);
  CHECK(at::equal(batch["input"], rows));
  const at::Tensor factor = batch["second.input"] / rows;
  CHECK((factor - factor.narrow(1, 1, 1)).abs().max().item<double>() < 1e-4);
  CHECK((factor - 1).abs().min().item<double>() > 1e-4);
}

TEST_CASE("augmentations that write into their batch do not reach the other view") {
  const at::Tensor images = at::randint(0, 255, {40, 1, 3, 4}).to(at::kByte);
  const Batch batch = test::changed("{type: views, first: [{type: random_horizontal_flip}]}", images);
  int64_t flipped[2] = {0, 0};
  for (int64_t i = 0; i < images.size(0); ++i)
    for (int view = 0; view < 2; ++view) {
      const at::Tensor picture = batch[view == 0 ? "input" : "second.input"][i];
      const bool mirrored = at::equal(picture, images[i].flip(2));
      REQUIRE((mirrored || at::equal(picture, images[i])));
      flipped[view] += mirrored;
    }
  for (const int64_t count : flipped) CHECK(static_cast<double>(count) == Approx(20).margin(13));
}

TEST_CASE("batches of views are the same with any number of threads") {
  const auto alone = loader_of(two, true, 0), many = loader_of(two, true, 3);
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    alone->seek(epoch);
    many->seek(epoch);
    while (const std::optional<Batch> batch = alone->next()) {
      const std::optional<Batch> other = many->next();
      CHECK(at::equal((*batch)["input"], (*other)["input"]));
      CHECK(at::equal((*batch)["second.input"], (*other)["second.input"]));
    }
  }
}

TEST_CASE("held-out samples stay as predictions see them, and have two views drawn once and for all") {
  const auto loader = loader_of(two, false, 0);
  loader->seek(0);
  const Batch batch = *loader->next();
  CHECK(at::equal(batch["input"], rows_of(4)));
  const at::Tensor first = batch["first.input"] - batch["input"], second = batch["second.input"] - batch["input"];
  CHECK(first.abs().min().item<double>() > 0);
  CHECK(second.abs().min().item<double>() > 0);
  CHECK((first - second).abs().min().item<double>() > 0);
  loader->seek(3);
  const Batch later = *loader->next();
  CHECK(at::equal(later["first.input"], batch["first.input"]));
  CHECK(at::equal(later["second.input"], batch["second.input"]));
}

TEST_CASE("what the changes of views learn from the data comes back") {
  const at::Tensor images = at::randint(0, 255, {6, 2, 3, 3}).to(at::kByte);
  const TensorSplit split({{"input", images}}, all_rows(6));
  const std::string yaml = "{type: views, first: [normalize], second: [{type: normalize, mean: [0.5], std: [2]}]}";
  const test::AugmentationHolder fitted(yaml), restored(yaml);
  const nlohmann::json learned = fitted->fit(split);
  CHECK(learned["first"][0]["mean"].size() == 2);
  restored->restore(learned);
  Batch one{{"input", images.clone()}}, two{{"input", images.clone()}};
  one.ids = two.ids = all_rows(6);
  fitted->apply_to_held_out(one);
  restored->apply_to_held_out(two);
  CHECK(at::equal(one["input"], two["input"]));
  CHECK((one["second.input"] - (images.to(at::kFloat) / 255 - 0.5) / 2).abs().max().item<double>() < 1e-6);
}

TEST_CASE("views of two sizes, and views in views, are refused") {
  test::check_error(
      [] {
        test::AugmentationHolder(
            "{type: views, first: [{type: random_crop, size: 4}], second: [{type: random_crop, size: 3}]}")
            ->output_shape({1, 8, 8});
      },
      ExitCode::bad_recipe, "its two views differ in size");
  test::check_error(
      [] { test::AugmentationHolder("{type: views, first: [{type: views, first: []}]}")->output_shape({8}); },
      ExitCode::bad_recipe, "no views");
}

}  // namespace
}  // namespace dlrun::views_test
