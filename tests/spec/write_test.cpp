// Writing and reading back is the identity, for every component of the catalog and any values.

#include "spec/write.h"

#include <catch2/catch.hpp>

#include "spec/from_json.h"
#include "spec/random_params.h"
#include "spec/sample.h"

namespace dlrun::write_test {

namespace {

bool read_back(const std::string& text, Params& fresh) {
  try {
    read_text(text, "written.yaml", {}, fresh);
    return true;
  } catch (const RecipeError& error) {
    INFO(text);
    INFO(error.what());
    CHECK(false);
    return false;
  }
}

// What joined rules refuse is moved to values they accept.
void satisfy(sample::Recipe& recipe) {
  if (auto* cnn = dynamic_cast<sample::Cnn*>(recipe.architecture.value.get())) cnn->kernel |= 1;
  if (auto* sgd = dynamic_cast<sample::Sgd*>(recipe.optimizer.value.get())) sgd->nesterov = false;
  recipe.trainer.micro_batch_size.reset();
}

}  // namespace

TEST_CASE("reading what was written gives the same values, and writing them the same text") {
  sample::add_samples();
  sample::RandomFiller filler(1);
  for (int i = 0; i < 500; ++i) {
    sample::Recipe recipe;
    filler.fill(recipe);
    satisfy(recipe);
    const std::string text = write_yaml(recipe);
    INFO(text);
    sample::Recipe again;
    if (!read_back(text, again)) break;
    const auto differences = diff(recipe, again);
    REQUIRE(differences.empty());
    REQUIRE(write_yaml(again) == text);
    // Without what equals the defaults it still says the same.
    sample::Recipe defaults, short_again;
    const std::string short_text = write_yaml(recipe, {&defaults});
    INFO(short_text);
    CHECK(short_text.size() <= text.size());
    if (!read_back(short_text, short_again)) break;
    REQUIRE(write_yaml(short_again) == text);
  }
}

TEST_CASE("awkward texts survive, one by one") {
  sample::add_samples();
  for (const std::string& value : sample::awkward_texts()) {
    sample::Recipe recipe, again;
    recipe.name = "x";
    recipe.architecture.type = "mlp";
    recipe.architecture.value = std::make_shared<sample::Mlp>();
    recipe.data.path = value;
    recipe.data.target = value;
    recipe.data.columns = {value, value};
    const std::string text = write_yaml(recipe);
    INFO(text);
    if (!read_back(text, again)) break;
    CHECK(again.data.path == value);
    CHECK(again.data.target == value);
    CHECK(again.data.columns == recipe.data.columns);
  }
}

TEST_CASE("the written form is the one people write") {
  const sample::Recipe recipe = sample::read(R"(
name: first run
architecture: {type: cnn, blocks: [{channels: 8}, {channels: 16, norm: null}]}
optimizer: {type: sgd, lr: 1e-4}
augmentation: [{type: random_crop, size: 32}, random_flip]
data: {columns: [a, "1", "b: c"]}
early_stopping: {norm: .inf}
)");
  sample::Recipe copy = recipe;
  CHECK(write_yaml(copy) == R"(version: 1
name: "first run"
seed: 0
output_dir: runs
data:
  path: ""
  target: null
  columns: [a, "1", "b: c"]
architecture:
  type: cnn
  blocks:
    - channels: 8
      norm: batch
      bias: null
    - channels: 16
      norm: null
      bias: null
  kernel: 3
optimizer:
  type: sgd
  lr: 0.0001
  momentum: 0
  nesterov: false
augmentation:
  - type: random_crop
    size: 32
    padding: 0
  - random_flip
early_stopping:
  monitor: val/loss
  patience: 10
  min_delta: null
  norm: .inf
trainer:
  epochs: 10
  batch_size: 128
  micro_batch_size: null
  shuffle: true
  milestones: []
)");
  sample::Recipe defaults;
  CHECK(write_yaml(copy, {&defaults}) == R"(name: "first run"
data:
  columns: [a, "1", "b: c"]
architecture:
  type: cnn
  blocks:
    - channels: 8
      norm: batch
      bias: null
    - channels: 16
      norm: null
      bias: null
optimizer:
  type: sgd
  lr: 0.0001
augmentation:
  - type: random_crop
    size: 32
  - random_flip
early_stopping:
  norm: .inf
)");
}

TEST_CASE("long lists are written one item per line") {
  sample::add_samples();
  sample::Recipe recipe;
  recipe.data.columns.assign(30, "column");
  const std::string text = write_yaml(recipe);
  CHECK(text.find("  columns:\n    - column\n    - column\n") != std::string::npos);
}

TEST_CASE("diff names the keys whose values differ") {
  sample::Recipe left = sample::read("name: a\narchitecture: mlp\n");
  sample::Recipe right = sample::read("name: a\narchitecture: {type: mlp, widths: [1]}\noptimizer: sgd\n");
  std::vector<std::string> lines;
  for (const Difference& d : diff(left, right)) lines.push_back(d.path + ": " + d.left + " | " + d.right);
  CHECK(lines == std::vector<std::string>{"architecture.widths: [256, 128] | [1]", "optimizer.type: adamw | sgd",
                                          "optimizer.lr: 0.0003 | 0.1", "optimizer.betas: [0.9, 0.999] | ",
                                          "optimizer.weight_decay: 0.01 | ", "optimizer.momentum:  | 0",
                                          "optimizer.nesterov:  | false"});
}

TEST_CASE("every component of the catalog survives writing and reading, whatever its values") {
  sample::add_samples();
  sample::RandomFiller filler(2);
  filler.fill_choices = false;
  int components = 0;
  for (const std::string& kind : Catalog::instance().kinds()) {
    // A whole recipe holds components whose rules join fields, which random values break: recipes_test writes real
    // ones.
    if (kind.starts_with("samples_") || kind == "recipe") continue;
    std::vector<Entry> entries;  // Copies: the catalog grows below.
    for (const Entry* entry : Catalog::instance().entries(kind)) entries.push_back(*entry);
    for (const Entry& component : entries) {
      const Entry* entry = &component;
      // Without the rules that join fields, which random values break.
      const std::shared_ptr<Params> values = sample::from_json(*entry, false);
      if (values->fields().empty()) continue;
      ++components;
      for (int i = 0; i < 10; ++i) {
        filler.fill(*values);
        const std::string text = write_yaml(*values);
        INFO(kind << "/" << entry->name << "\n" << text);
        const std::shared_ptr<Params> again = sample::from_json(*entry, false);
        REQUIRE(read_back(text, *again));
        REQUIRE(diff(*values, *again).empty());
        REQUIRE(write_yaml(*again) == text);
      }
    }
  }
  CHECK(components >= 5);
}

}  // namespace dlrun::write_test
