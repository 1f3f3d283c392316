// A catalog read back from JSON declares what the components themselves declare.

#include "spec/catalog_json.h"

#include <catch2/catch.hpp>

#include "spec/describe.h"
#include "spec/from_json.h"
#include "spec/sample.h"
#include "spec/schema.h"
#include "spec/walk.h"
#include "spec/write.h"

namespace dlrun::catalog_json_test {

namespace {

std::shared_ptr<Params> copy_of_recipe() {
  sample::add_samples();
  return sample::from_json(
      {"sample_recipe", "recipe", "A recipe.", "", [] { return std::make_shared<sample::Recipe>(); }});
}

}  // namespace

TEST_CASE("a catalog's JSON is the same after a round trip") {
  sample::add_samples();
  for (const char* kind : {"sample_architecture", "sample_optimizer", "sample_augmentation"})
    for (const Entry* entry : Catalog::instance().entries(kind)) {
      sample::from_json(*entry);
      const Entry* copy = Catalog::instance().find(std::string("samples_copied_") + kind, entry->name);
      REQUIRE(copy);
      auto expected = component_json(*entry), found = component_json(*copy);
      expected["kind"] = found["kind"];
      CHECK(found.dump(1) == expected.dump(1));
    }
}

TEST_CASE("a recipe made from JSON reads, refuses and writes like the declared one") {
  const std::vector<std::string> texts = {
      "name: a\narchitecture: mlp\n",
      "name: a\narchitecture: {type: cnn, blocks: [{channels: 3}]}\noptimizer: {weight_decay: 0}\nearly_stopping: {}\n",
      "name: 5\narchitecture: {type: mlp, widht: 3}\ntrainer: {epochs: 0}\nseed: x\nlr: 1\naugmentation: "
      "[random_crop]\n",
      "name: a\narchitecture: {type: cnn, kernel: 4}\noptimizer: {type: sgd, nesterov: true}\ntrainer: {batch_size: 8, "
      "micro_batch_size: 16}\n",
  };
  for (const std::string& text : texts) {
    sample::add_samples();
    sample::Recipe declared;
    const std::shared_ptr<Params> copy = copy_of_recipe();
    std::string expected, found;
    try {
      read_text(text, "r.yaml", {}, declared);
      expected = write_yaml(declared);
    } catch (const RecipeError& error) {
      expected = error.what();
    }
    try {
      read_text(text, "r.yaml", {}, *copy);
      found = write_yaml(*copy);
    } catch (const RecipeError& error) {
      found = error.what();
    }
    CHECK(found == expected);
  }
}

TEST_CASE("schema and description are the same from declarations and from JSON") {
  sample::Recipe declared;
  const std::shared_ptr<Params> copy = copy_of_recipe();
  CHECK(schema(*copy) == schema(declared));
  const Entry a{"sample_recipe", "x", "Doc.", "", [] { return std::make_shared<sample::Recipe>(); }};
  const Entry b{"sample_recipe", "x", "Doc.", "", [&] { return copy; }};
  CHECK(describe_text(a, 80) == describe_text(b, 80));
  CHECK(describe_json(a) == describe_json(b));
}

TEST_CASE("the whole catalog becomes JSON, and a broken one is refused") {
  sample::add_samples();
  const auto json = nlohmann::ordered_json::parse(catalog_json());
  CHECK(json["version"] == 2);
  CHECK(json["components"].size() >= 6);
  CHECK_THROWS_AS(load_catalog("{\"version\": 99, \"components\": []}"), std::runtime_error);
  CHECK_THROWS(load_catalog("{"));
}

TEST_CASE("a description tells type, rule, default and meaning of each field within the width") {
  sample::add_samples();
  const std::string text = describe_text(*Catalog::instance().find("sample_architecture", "mlp"), 55);
  CHECK(text.starts_with("mlp: a sample architecture. Multilayer perceptron.\n"));
  CHECK(text.find("\n\n  widths: a list of integers, not empty, at least 1;\n      default [256, 128]\n"
                  "      Units in each hidden layer.\n"
                  "  activation: text, relu or gelu; default relu\n"
                  "      Nonlinearity after each hidden layer.\n"
                  "  dropout: a number, between 0 and 1; default 0\n"
                  "      Chance of zeroing a unit while training.\n") != std::string::npos);
}

TEST_CASE("fields are found by their path") {
  sample::add_samples();
  sample::Recipe recipe;
  recipe.architecture.type = "cnn";
  recipe.architecture.value = std::make_shared<sample::Cnn>();
  const auto name = [&](const std::string& path) {
    const auto found = locate(recipe, nullptr, path);
    return found ? found->field.name + (found->rest.empty() ? "" : "|" + found->rest[0]) : "nothing";
  };
  CHECK(name("trainer.epochs") == "epochs");
  CHECK(name("optimizer.betas.1") == "betas|1");
  CHECK(name("optimizer.type") == "optimizer|type");
  CHECK(name("architecture.blocks.1.channels") == "channels");
  CHECK(name("early_stopping.patience") == "patience");
  CHECK(name("optimizer.momentum") == "nothing");
  CHECK(name("trainer.epochs.x") == "epochs|x");
  CHECK(name("") == "nothing");
}

}  // namespace dlrun::catalog_json_test
