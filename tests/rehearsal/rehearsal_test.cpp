// Rehearsals: on `meta` every recipe runs the same operators as with real weights, and costs what can be counted by
// hand.

#include "rehearsal/rehearsal.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <sstream>

#include "data/whole_batches.h"
#include "recipes.h"
#include "spec/read.h"

namespace dlrun::rehearsal_test {

namespace {

// "aten::conv2d features.0.0 float[4, 32, 28, 28](25088 1 896 32)"; strides of single rows are never taken. Some
// gradients of libtorch's own work in place on real tensors only.
std::string line_of(const TappedCall& call) {
  std::string name = call.name();
  if (name.back() == '_') name.pop_back();
  std::ostringstream line;
  line << (call.backward ? "backward " : "") << name << " " << call.module;
  for (const at::Tensor& output : call.outputs()) {
    line << " " << output.scalar_type() << output.sizes() << "(";
    for (int64_t d = 0; d < output.dim(); ++d) line << (output.size(d) > 1 ? output.stride(d) : 0) << " ";
    line << ")";
  }
  return line.str();
}

std::vector<std::string> lines_of(const std::string& file, bool weights) {
  Recipe recipe;
  read_file(file, {{"hardware.threads=1"}}, recipe);
  resolve(recipe);
  if (!makes_whole_batches(*recipe.sampler)) recipe.trainer.batch_size = 4;
  BuildOptions options;
  options.weights = weights;
  const Experiment experiment = build(recipe, options);
  std::vector<std::string> lines;
  rehearse(experiment, {.batch_size = recipe.trainer.batch_size,
                        .reader = [&](const TappedCall& call) { lines.push_back(line_of(call)); }});
  return lines;
}

Rehearsal rehearse_small(const std::vector<std::string>& overrides, int64_t batch_size,
                         std::optional<at::ScalarType> mixed = {}) {
  Recipe recipe;
  read_file((test::source_dir() / "recipes/mlp_hdf5.yaml").string(), {overrides}, recipe);
  BuildOptions options;
  options.weights = false;
  return rehearse(build(recipe, options), {.batch_size = batch_size, .mixed = mixed});
}

// Of 16 rows, one process' share, in parts of eight.
StepCost rehearse_share() {
  Recipe recipe;
  read_file((test::source_dir() / "recipes/mlp_hdf5.yaml").string(), {{"trainer.micro_batch_size=8"}}, recipe);
  BuildOptions options;
  options.weights = false;
  return rehearse(build(recipe, options), {.batch_size = 16, .part = 8}).cost;
}

// Recipes that run other operators on `meta`, and why.
const std::string parts = "whose recurrent layer is one operator on a CPU and its parts on meta";
const std::string gathered = "whose group norms make gradients contiguous on meta, and not where there are values";
const std::map<std::string, std::string> different = {
    {"rnn", parts},
    {"resnet18", gathered},
    {"dcgan", gathered},
    {"half_precision", "whose narrow numbers torch.autocast makes where there are values, and the rehearsal on meta"},
    {"focal", "whose class weights need no move to the device where there are values"},
    {"mean_teacher", "whose teacher pools without gradients, by a kernel of its own"}};

}  // namespace

TEST_CASE("every recipe runs the same operators, shapes and strides on meta as with real weights", "[each_recipe]") {
  for (const std::filesystem::path& file : test::recipes_to_try()) {
    INFO(file);
    const auto other = different.find(file.stem().string());
    if (other != different.end()) {
      std::printf("left out: %s, %s\n", file.stem().c_str(), other->second.c_str());
      continue;
    }
    const std::vector<std::string> meta = lines_of(file.string(), false);
    const std::vector<std::string> real = lines_of(file.string(), true);
    for (size_t i = 0; i < std::min(meta.size(), real.size()); ++i) {
      INFO("call " << i);
      REQUIRE(meta[i] == real[i]);
    }
    REQUIRE(meta.size() == real.size());
    CHECK(meta.size() > 20);
  }
}

// 784 -> 64 -> 10 on a batch of 32, by hand.
TEST_CASE("operations, weights and kept activations of a small network are those counted by hand") {
  std::filesystem::current_path(test::source_dir());
  const Rehearsal rehearsal = rehearse_small({}, 32);
  const StepCost& cost = rehearsal.cost;
  const int64_t parameters = 784 * 64 + 64 + 64 * 10 + 10;
  CHECK(cost.weights == 4 * parameters);
  CHECK(cost.gradients == 4 * parameters);
  CHECK(cost.optimizer == 2 * 4 * parameters);  // AdamW: averages of gradients and of their squares
  CHECK(cost.forward == 2 * 32 * (784 * 64 + 64 * 10));
  CHECK(cost.backward == 2 * 32 * (784 * 64 + 2 * 64 * 10));  // nothing asks for the gradient of the input
  REQUIRE(rehearsal.unused.empty());
  for (const ModuleCost& module : rehearsal.modules) {
    INFO(module.path);
    if (module.path == "layers.0") {
      CHECK(module.op == "linear");
      CHECK(module.shape == std::vector<int64_t>{-1, 64});
      CHECK(module.parameters == 784 * 64 + 64);
      CHECK(module.kept == 4 * 32 * 64);  // which relu then changes in place
    }
    if (module.path == "layers.1") CHECK(module.kept == 0);
    if (module.path == "layers.3") CHECK(module.kept == 4 * 32 * 10);
  }
  CHECK(rehearse_small({}, 64).cost.forward == 2 * cost.forward);
}

TEST_CASE("a step in parts costs the same operations and keeps less") {
  std::filesystem::current_path(test::source_dir());
  const StepCost whole = rehearse_small({}, 32).cost;
  const StepCost parts = rehearse_small({"trainer.micro_batch_size=8"}, 32).cost;
  CHECK(parts.forward == whole.forward);
  CHECK(parts.backward == whole.backward);
  CHECK(parts.activations < whole.activations / 3);
  CHECK(parts.batches == whole.batches);
}

TEST_CASE("the parts of a share of a batch are as large as those of the whole") {
  std::filesystem::current_path(test::source_dir());
  const StepCost all = rehearse_small({"trainer.micro_batch_size=8"}, 32).cost, share = rehearse_share();
  CHECK(share.activations == all.activations);
  CHECK(2 * share.forward == all.forward);
}

TEST_CASE("mixed precision keeps hidden activations in half the bytes") {
  std::filesystem::current_path(test::source_dir());
  const Rehearsal mixed = rehearse_small({}, 4096, at::kBFloat16);
  CHECK(mixed.cost.forward == rehearse_small({}, 4096).cost.forward);
  for (const ModuleCost& module : mixed.modules)
    if (module.path == "layers.0") {
      // the output, the input and the weights in 16 bits
      CHECK(module.kept == 2 * (4096 * 64 + 4096 * 784 + 784 * 64 + 64));
    }
}

TEST_CASE("an operator that does not take its input is named with its layer and the shapes") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_file("recipes/mlp_hdf5.yaml", {}, recipe);
  BuildOptions options;
  options.weights = false;
  Experiment experiment = build(recipe, options);
  const auto inside = experiment.network->find("layers.3");
  REQUIRE(inside);
  *inside->parameters()[0].tensor = at::empty({10, 63}, at::TensorOptions().device(at::kMeta)).requires_grad_();
  try {
    rehearse(experiment, {.batch_size = 5});
    FAIL("no error");
  } catch (const RehearsalError& error) {
    CHECK(error.module == "layers.3");
    CHECK(error.op == "linear");
    CHECK(error.shapes == "[5, 64], [10, 63], [10]");
    CHECK_FALSE(error.needs_values);
  }
}

}  // namespace dlrun::rehearsal_test
