// How a batch is cut into parts: none above what was asked for, no sample alone where that can be avoided.

#include "step/parts.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::parts_test {

namespace {

using Sizes = std::vector<int64_t>;

Sizes sizes_of(const Recipe& recipe, int64_t samples, int64_t processes = 1) {
  Batch batch{{"input", at::arange(samples)}};
  batch.count = samples;
  Sizes sizes;
  int64_t first = 0;
  for (const Part& part : parts_of(recipe, batch, processes)) {
    CHECK(part.rows.begin == first);
    CHECK(part.rows.count == part.batch.count);
    CHECK(part.batch["input"].equal(at::arange(first, first + part.rows.count)));
    first += part.rows.count;
    sizes.push_back(part.rows.count);
  }
  CHECK(first == samples);
  return sizes;
}

}  // namespace

TEST_CASE("parts are as large as they may be, the rest comes last, and one sample alone gets company") {
  CHECK(part_sizes(16, 4) == Sizes{4, 4, 4, 4});
  CHECK(part_sizes(63, 4).size() == 16);
  CHECK(part_sizes(63, 4).back() == 3);
  CHECK(part_sizes(5, 4) == Sizes{3, 2});
  CHECK(part_sizes(9, 4) == Sizes{4, 3, 2});
  CHECK(part_sizes(4, 3) == Sizes{2, 2});
  CHECK(part_sizes(6, 4) == Sizes{4, 2});
  CHECK(part_sizes(5, 2) == Sizes{2, 2, 1});  // It cannot be avoided.
  CHECK(part_sizes(1, 4) == Sizes{1});
  CHECK(part_sizes(3, 1) == Sizes{1, 1, 1});
  CHECK(part_sizes(0, 4).empty());
  for (int64_t most = 3; most < 9; ++most)
    for (int64_t samples = 2; samples < 60; ++samples) {
      const Sizes sizes = part_sizes(samples, most);
      CHECK(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) == samples);
      CHECK(*std::max_element(sizes.begin(), sizes.end()) <= most);
      CHECK(*std::min_element(sizes.begin(), sizes.end()) > 1);
      CHECK(static_cast<int64_t>(sizes.size()) == (samples + most - 1) / most);
    }
}

TEST_CASE("a recipe asks for parts by their size or by their number; several processes each have their share of them") {
  Recipe recipe;
  recipe.trainer.batch_size = 16;
  CHECK(sizes_of(recipe, 16) == Sizes{16});
  recipe.trainer.micro_batch_size = 4;
  CHECK(sizes_of(recipe, 16) == Sizes{4, 4, 4, 4});
  CHECK(sizes_of(recipe, 15) == Sizes{4, 4, 4, 3});
  CHECK(sizes_of(recipe, 5) == Sizes{3, 2});
  CHECK(sizes_of(recipe, 8, 2) == Sizes{4, 4});
  recipe.trainer.micro_batch_size.reset();
  recipe.trainer.gradient_accumulation_steps = 4;
  CHECK(sizes_of(recipe, 16) == Sizes{4, 4, 4, 4});
  CHECK(sizes_of(recipe, 13) == Sizes{4, 4, 3, 2});
  CHECK(sizes_of(recipe, 8, 2) == Sizes{2, 2, 2, 2});
}

TEST_CASE("unequal parts of a smaller batch give the gradient of the whole") {
  const test::TempDir dir;
  std::string text = "a,b,y\n";
  for (int i = 0; i < 13; ++i)
    text += std::to_string(i * 7 % 5) + "." + std::to_string(i) + "," + std::to_string(i * i % 11) + "," +
            "xyz"[i % 3] + "\n";
  Recipe recipe;
  read_text(
      "version: 1\nname: t\nseed: 3\ntask: classification\narchitecture: {type: mlp, widths: [6]}\n"
      "loss: {type: cross_entropy, class_weights: [1, 3, 0.5]}\noptimizer: {type: sgd, lr: 0.1}\n"
      "data: {type: csv, target: y, path: " +
          dir.write("t.csv", text) + "}\ntrainer: {batch_size: 16, micro_batch_size: 4}\nhardware: {threads: 1}\n",
      "test.yaml", {}, recipe);
  const Experiment experiment = build(recipe, {});
  const std::unique_ptr<Loader> loader = experiment.plain_loader("train", 13);
  loader->seek(0);
  const Batch batch = *loader->next();
  Step step(experiment);
  const auto gradients = [&](const std::vector<Part>& parts) {
    step.learn(0, parts, 0);
    std::vector<at::Tensor> found;
    for (const NamedTensor& parameter : experiment.network->parameters())
      found.push_back(parameter.tensor->grad().clone());
    return found;
  };
  const auto whole = gradients({{{0, 13}, batch}}), cut = gradients(parts_of(recipe, batch));
  REQUIRE(parts_of(recipe, batch).size() == 4);
  for (size_t i = 0; i < whole.size(); ++i) CHECK(at::allclose(cut[i], whole[i], 1e-5, 1e-6));
}

}  // namespace dlrun::parts_test
