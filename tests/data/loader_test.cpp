// Loader: order, resuming, threads, errors, and that nothing depends on timing.

#include "data/loader.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "base/random.h"
#include "data/components.h"

namespace dlrun::loader_test {
namespace {

std::shared_ptr<Split> numbers(int64_t count) {
  at::Tensor values = at::arange(count, at::kLong);
  return std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", values.to(at::kFloat)}, {"target", values}},
                                       all_rows(count));
}

// All targets of what is left of the epoch.
std::vector<int64_t> drain(Loader& loader) {
  std::vector<int64_t> seen;
  while (auto batch = loader.next())
    for (int64_t value : test::list((*batch)["target"])) seen.push_back(value);
  return seen;
}

// Adds the row's own draw to it, so that a wrong stream shows; to held-out samples 100.
struct AddDraw final : Augmentation {
  std::vector<Field> fields() override { return {}; }
  void apply_to_held_out(Batch& batch) const override { batch.set("input", batch["input"] + 100); }
  void apply(Batch& batch, const Draws& draws) const override {
    at::Tensor input = batch["input"].clone();
    for (int64_t i = 0; i < input.size(0); ++i)
      input.data_ptr<float>()[i] += static_cast<float>(draws.row(i).uniform());
    batch.set("input", input);
  }
};

// Throws at one sample.
struct Broken final : Split {
  int64_t size() const override { return 10; }
  Batch gather(std::span<const int64_t> indices) const override {
    for (int64_t i : indices)
      if (i == 5) throw UserError(ExitCode::bad_data, "sample 5 is broken");
    return {{"target", at::tensor(std::vector<int64_t>(indices.begin(), indices.end()))}};
  }
};

}  // namespace

TEST_CASE("loader gives every sample once, in the order of permutation()") {
  for (int64_t workers : {0, 1, 3}) {
    Loader loader(numbers(103), {}, {.batch_size = 8, .shuffle = true, .seed = 7, .workers = workers});
    CHECK(loader.batches() == 13);
    CHECK(drain(loader) == permutation(103, 7, 0));
    CHECK(!loader.next());  // stays at the end
    loader.seek(1);
    CHECK(drain(loader) == permutation(103, 7, 1));
    loader.seek(5);
    CHECK(drain(loader) == permutation(103, 7, 5));
  }
}

TEST_CASE("loader keeps file order without shuffle and drops the last batch when asked") {
  Loader loader(numbers(10), {}, {.batch_size = 4, .drop_last = true, .workers = 2});
  CHECK(loader.batches() == 2);
  CHECK(drain(loader) == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
  Loader whole(numbers(10), {}, {.batch_size = 4, .workers = 2});
  CHECK(whole.batches() == 3);
  CHECK(drain(whole) == all_rows(10));
  Loader none(numbers(3), {}, {.batch_size = 4, .drop_last = true});
  CHECK(none.batches() == 0);
  CHECK(!none.next());
}

TEST_CASE("loader resumes at any batch of any epoch as if it had come there") {
  std::vector<std::shared_ptr<const Augmentation>> augmentations = {std::make_shared<AddDraw>()};
  LoaderOptions options{.batch_size = 7, .shuffle = true, .training = true, .seed = 3, .workers = 0};
  std::vector<std::vector<at::Tensor>> expected;  // [epoch][batch]
  Loader straight(numbers(50), augmentations, options);
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    straight.seek(epoch);
    expected.emplace_back();
    while (auto batch = straight.next()) expected.back().push_back((*batch)["input"]);
    REQUIRE(expected.back().size() == 8);
  }
  CHECK(!expected[0][0].equal(expected[1][0]));
  for (int64_t workers : {0, 1, 2, 4}) {
    options.workers = workers;
    options.prefetch = 3;
    Loader loader(numbers(50), augmentations, options);
    // Back, forth, inside the window, out of it, and over the end of an epoch.
    for (auto [epoch, start] : std::vector<std::pair<int64_t, int64_t>>{
             {2, 5}, {0, 0}, {0, 1}, {0, 2}, {1, 7}, {0, 6}, {1, 0}, {1, 8}, {2, 0}, {2, 0}}) {
      loader.seek(epoch, start);
      for (int64_t b = start; b < std::min<int64_t>(start + 3, 8); ++b) {
        auto batch = loader.next();
        REQUIRE(batch);
        CHECK((*batch)["input"].equal(expected[epoch][b]));
      }
    }
  }
}

TEST_CASE("loader draws only in training") {
  auto add = std::make_shared<AddDraw>();
  auto sum = [&](bool in_training, std::vector<std::shared_ptr<const Augmentation>> list) {
    Loader loader(numbers(4), list, {.batch_size = 4, .training = in_training});
    return (*loader.next())["input"].sum().item<double>();
  };
  CHECK(sum(false, {add}) == 406.0);
  CHECK(sum(false, {add, add}) == 806.0);
  const double once = sum(true, {add}), twice = sum(true, {add, add});
  CHECK((once > 6.0 && once < 10.0));
  // The place in the list is part of the stream: the second draw is another one.
  CHECK(std::abs((twice - once) - (once - 6.0)) > 1e-3);
}

TEST_CASE("loader passes a sample's error to the next() that would have returned it") {
  for (int64_t workers : {0, 2}) {
    Loader loader(std::make_shared<Broken>(), {}, {.batch_size = 2, .workers = workers});
    CHECK(loader.next());
    CHECK(loader.next());
    for (int i = 0; i < 2; ++i) test::check_error([&] { loader.next(); }, ExitCode::bad_data, "sample 5 is broken");
    loader.seek(0, 3);
    CHECK(test::list((*loader.next())["target"]) == std::vector<int64_t>{6, 7});
    CHECK((*loader.next()).count == 2);
  }
}

TEST_CASE("loader turns images nobody normalized into float in [0, 1], channels last") {
  at::Tensor images = at::arange(2 * 3 * 4 * 5, at::kByte).view({2, 3, 4, 5});
  auto split = std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", images}, {"target", images.slice(1, 0, 1).contiguous()}}, all_rows(2));
  Loader loader(split, {}, {.batch_size = 2});
  Batch batch = *loader.next();
  CHECK(batch["input"].is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(at::allclose(batch["input"], images.to(at::kFloat) / 255));
  CHECK(batch["target"].scalar_type() == at::kByte);  // a mask is no picture
}

// Not a test: dlrun_tests "[.bench]" prints samples per second.
TEST_CASE("loader rates", "[.bench]") {
  auto folder = test::real_data("fashion-mnist");
  if (folder.empty()) return;
  Splits splits = test::dataset("idx", {{"path", folder.string()}})->open({.classification = true});
  const auto began = std::chrono::steady_clock::now();
  std::shared_ptr<Augmentation> normalize = test::component<Augmentation>("normalize", nlohmann::json::object());
  normalize->fit(*splits.train);
  const auto seconds_since = [](auto start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::printf("fitting normalize: %.3f s\n", seconds_since(began));
  auto crop = test::component<Augmentation>("random_crop", {{"size", 28}, {"padding", 2}});
  auto flip = test::component<Augmentation>("random_horizontal_flip", nlohmann::json::object());
  const std::vector<std::pair<const char*, std::vector<std::shared_ptr<const Augmentation>>>> pipelines = {
      {"normalize", {normalize}}, {"crop, flip, normalize", {crop, flip, normalize}}};
  for (const auto& [name, augmentations] : pipelines)
    for (int64_t workers : {0, 1, 2})
      for (int64_t batch_size : {128, 1000}) {
        Loader loader(splits.train, augmentations,
                      {.batch_size = batch_size, .shuffle = true, .training = true, .workers = workers});
        double best = 0.0;
        const auto cpu = std::clock();
        for (int64_t epoch = 0; epoch < 8; ++epoch) {
          const auto start = std::chrono::steady_clock::now();
          loader.seek(epoch);
          while (loader.next()) {
          }
          best = std::max(best, 60000 / seconds_since(start));
        }
        const double used = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
        std::printf("%-22s batch %4d, %d threads: %5.2f M samples/s, %.3f us of processor time each\n", name,
                    static_cast<int>(batch_size), static_cast<int>(workers), best / 1e6, used / (8 * 60000) * 1e6);
      }
}

TEST_CASE("loader shuts down while its threads are at work") {
  for (int i = 0; i < 50; ++i) {
    Loader loader(numbers(1000), {}, {.batch_size = 1, .shuffle = true, .workers = 3, .prefetch = 8});
    for (int b = 0; b < i % 5; ++b) loader.next();
    loader.seek(i % 3, i);
  }
}

TEST_CASE("the samples of any batch can be asked for") {
  Loader loader(numbers(103), {}, {.batch_size = 8, .shuffle = true, .seed = 7, .workers = 1});
  for (int64_t epoch : {2, 0}) {
    loader.seek(epoch, 12);
    CHECK(loader.samples(epoch, 12) == test::list((*loader.next())["target"]));
  }
  CHECK(loader.samples(0, 12).size() == 7);
}

}  // namespace dlrun::loader_test
