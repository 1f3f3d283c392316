// Weights as a folder: cut as huggingface_hub cuts, and nothing of an earlier cut is left.

#include "run/weights_folder.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "run/weights_file.h"
#include "spec/scalar.h"
#include "support.h"

namespace dlrun::weights_folder_test {
namespace {

std::set<std::string> names_in(const test::TempDir& folder) {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) names.insert(file.path().filename());
  return names;
}

TEST_CASE("transformers' shards are written again as the same files") {
  const std::string golden = test::source_dir() / "tests/golden/weights/gpt2_shards";
  // In the order of the state dict, which the shards' own order (by size and name) is not.
  const WeightsFile file = read_weights(golden);
  const auto find = [&](const std::string& name) {
    for (const auto& each : file.tensors)
      if (each.first == name) return each;
    throw std::runtime_error(name);
  };
  TensorList ordered = {find("transformer.wte.weight"), find("transformer.wpe.weight")};
  for (const std::string block : {"transformer.h.0.", "transformer.h.1."})
    for (const char* layer : {"ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"})
      for (const char* part : {".weight", ".bias"}) ordered.push_back(find(block + layer + part));
  for (const char* part : {"weight", "bias"}) ordered.push_back(find(std::string("transformer.ln_f.") + part));
  test::TempDir folder;
  WeightsFolder options;
  options.shard_bytes = *parse_size("10KB");
  options.parameters = 6960;
  options.metadata = {{"format", "pt"}};
  const std::vector<std::string> written = save_weights_folder(folder.path(), ordered, options);
  CHECK(written.size() == 5);
  for (const std::string& name : names_in(folder)) {
    INFO(name);
    CHECK(test::read_bytes(folder / name) == test::read_bytes(golden + "/" + name));
  }
  CHECK(names_in(folder).size() == 5);

  test::TempDir other;
  options.shard_bytes = *parse_size("1MB");
  CHECK(save_weights_folder(other.path(), ordered, options).size() == 1);
  CHECK(names_in(other) == std::set<std::string>{"model.safetensors"});
}

TEST_CASE("a tensor larger than a shard has one of its own") {
  test::TempDir folder;
  WeightsFolder options;
  options.shard_bytes = 10;
  const TensorList tensors = {{"a", at::ones({1})}, {"b", at::ones({5})}, {"c", at::ones({1})}, {"d", at::ones({1})}};
  save_weights_folder(folder.path(), tensors, options);
  const WeightsFile file = read_weights(folder.path());
  CHECK(file.files.size() == 3);
  CHECK(file.tensors.size() == 4);
}

}  // namespace
}  // namespace dlrun::weights_folder_test
