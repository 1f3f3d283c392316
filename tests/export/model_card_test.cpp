// The model card: what it says is what eval says, and no folder of this machine is in it.

#include "export/model_card.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <filesystem>

#include "eval/evaluate.h"
#include "export/export.h"
#include "support.h"
#include "train/train.h"

namespace dlrun::model_card_test {
namespace {

std::string trained_for_card(const test::TempDir& temp, const std::vector<std::string>& further = {}) {
  std::filesystem::current_path(test::source_dir());
  TrainOptions options;
  options.recipe =
      temp.write("recipe.yaml",
                 "version: 1\nname: 'a | card'\ndescription: Clothes, for a *test*.\ntask: classification\n"
                 "data: {type: idx, path: " +
                     (test::source_dir() / "recipes/data/fashion_mnist_small").string() +
                     ", val: {split: 0.1}, classes: [T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, "
                     "Shirt, Sneaker, Bag, Ankle boot]}\n"
                     "architecture: {type: mlp, widths: [16]}\noptimizer: {type: sgd, lr: 0.01}\n"
                     "metrics: [accuracy, f1]\naugmentation: [normalize]\n"
                     "trainer: {max_steps: 5, batch_size: 32, eval_batch_size: 500}\n"
                     "hardware: {threads: 1, accelerator: cpu}\n");
  options.overrides = {"output_dir=" + (temp / "run")};
  options.overrides.insert(options.overrides.end(), further.begin(), further.end());
  options.verbosity = -2;
  options.json = true;
  REQUIRE(dlrun_train(options) == 0);
  return temp / "run";
}

}  // namespace

TEST_CASE("an export has a card with the numbers of eval, their intervals, and what the network takes") {
  const test::TempDir temp;
  const std::string run = trained_for_card(temp);
  ExportOptions options;
  options.run = run;
  options.format = "onnx";
  options.output = temp / "out";
  options.verbosity = -2;
  options.json = true;
  REQUIRE(dlrun_export(options) == 0);
  const std::string card = test::read_bytes(temp / "out/model_card.md");
  INFO(card);

  const Restored restored = restore({.run = run});
  const Results results = evaluate(*restored.experiment, *restored.experiment->loader("test"));
  for (const auto& [name, value] : results)
    CHECK(card.find(fmt::format("| {} | {:.6g} |", name, value)) != std::string::npos);
  CHECK(card.find("On 2,000 test samples.") != std::string::npos);
  CHECK(card.find("T-shirt/top, Trouser") != std::string::npos);
  CHECK(card.find("| input | [N, 1, 28, 28] | pixels |") != std::string::npos);
  CHECK(card.find("7,200 training, 800 validation, 2,000 test") != std::string::npos);
  CHECK(card.find("model.onnx") != std::string::npos);
  // The interval holds the number it is of.
  const CardResults measured = card_results(restored, false);
  REQUIRE(measured.results.size() == results.size());
  size_t intervals = 0;
  for (const CardResult& result : measured.results) {
    if (!result.interval) continue;
    ++intervals;
    CHECK(result.interval->low <= result.value);
    CHECK(result.interval->high >= result.value);
    CHECK(result.interval->low < result.interval->high);
  }
  CHECK(intervals == 2);
  // What a person wrote is no markup, and nobody learns where this machine keeps its files.
  CHECK(card.starts_with("# a \\| card\n\nClothes, for a \\*test\\*.\n"));
  CHECK(card.find(test::source_dir().string()) == std::string::npos);
  CHECK(card.find(temp / "") == std::string::npos);
}

TEST_CASE("a network trained in mixed precision is exported, and compared, in float32") {
  const test::TempDir temp;
  ExportOptions options;
  options.run = trained_for_card(temp, {"hardware.precision=bf16-mixed"});
  options.format = "onnx";
  options.output = temp / "out";
  options.verbosity = -2;
  options.json = true;
  const int code = dlrun_export(options);
  REQUIRE(code == 0);
  CHECK(std::filesystem::exists(temp / "out/model.onnx"));
}

TEST_CASE("without the data a card tells what the training wrote down, and no interval") {
  const test::TempDir temp;
  const std::string run = trained_for_card(temp);
  const Restored restored = restore({.run = run, .data = false});
  const CardResults results = card_results(restored, false);
  CHECK(results.split == "test");
  CHECK(results.samples == -1);
  REQUIRE(results.results.size() == 3);  // loss, accuracy, f1
  for (const CardResult& result : results.results) CHECK_FALSE(result.interval);
  const std::string card = model_card(restored, results, {"model.safetensors"}, nullptr);
  CHECK(card.find("`dlrun eval` gives intervals") != std::string::npos);
  CHECK(card.find("Files: model.safetensors.") != std::string::npos);
  CHECK(card.find("The file takes") == std::string::npos);
  // What a file with its preprocessing takes is said beside what the network takes.
  const auto with = [&](const char* inside) {
    return model_card(restored, results, {"model.onnx"}, {{"preprocessing", inside}});
  };
  CHECK(with("inside").find("The file takes pixels as the data have them") != std::string::npos);
  CHECK(with("columns").find("The file takes the columns of a table") != std::string::npos);
}

}  // namespace dlrun::model_card_test
