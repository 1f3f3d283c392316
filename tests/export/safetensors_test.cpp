// A folder that is exported into twice holds what belongs to the second export alone.

#include <catch2/catch.hpp>
#include <filesystem>

#include "export/export.h"
#include "support.h"
#include "train/train.h"

namespace dlrun::safetensors_test {
namespace {

void train(const test::TempDir& temp, const std::string& stem) {
  std::filesystem::current_path(test::source_dir());
  TrainOptions options;
  options.recipe = temp.write("recipe.yaml",
                              "version: 1\nname: small\ntask: classification\n"
                              "data: {type: hdf5, path: recipes/data/fashion_mnist_tiny.h5, input: train/images, "
                              "target: train/labels, val: {split: 0.05}}\n"
                              "architecture: {type: resnet18}\noptimizer: {type: sgd, lr: 0.01}\n"
                              "trainer: {max_steps: 1, batch_size: 4, eval_batch_size: 4, limit_val_batches: 1}\n"
                              "hardware: {threads: 1, accelerator: cpu}\n");
  options.overrides = {"architecture.stem=" + stem, "output_dir=" + (temp / stem)};
  options.verbosity = -2;
  options.json = true;
  REQUIRE(dlrun_train(options) == 0);
}

void write_weights(const std::string& run, const std::string& folder) {
  ExportOptions options;
  options.run = run;
  options.format = "safetensors";
  options.output = folder;
  options.verbosity = -2;
  options.json = true;
  const int code = dlrun_export(options);  // Catch would keep an error inside REQUIRE to itself.
  REQUIRE(code == 0);
}

}  // namespace

TEST_CASE("a config.json of an earlier export does not stay beside weights it would not load") {
  const test::TempDir temp;
  train(temp, "imagenet");
  train(temp, "cifar");
  const std::string folder = temp / "out";
  write_weights(temp / "imagenet", folder);
  CHECK(std::filesystem::exists(folder + "/config.json"));
  write_weights(temp / "cifar", folder);
  CHECK_FALSE(std::filesystem::exists(folder + "/config.json"));
  CHECK(std::filesystem::exists(folder + "/model.safetensors"));
  // One that dlrun did not write is not dlrun's to delete.
  temp.write("out/config.json", "{\"mine\": true}");
  write_weights(temp / "cifar", folder);
  CHECK(test::read_bytes(folder + "/config.json") == "{\"mine\": true}");
  CHECK_THROWS_WITH(write_weights(temp / "imagenet", folder), Catch::Contains("config.json: is there already, and"));
  CHECK(test::read_bytes(folder + "/config.json") == "{\"mine\": true}");
}

}  // namespace dlrun::safetensors_test
