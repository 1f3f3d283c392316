// Which parameters a run trains, and by which names its groups know them.

#include "step/trained_parameters.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "experiment/experiment.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::trained_parameters_test {
namespace {

std::vector<std::vector<NamedTensor>> slots_of(const std::string& overrides) {
  Recipe recipe;
  read_text("version: 1\nname: pair\ntask: adversarial\ndata: {type: idx, path: " +
                (test::source_dir() / "recipes/data/fashion_mnist_small").string() +
                "}\narchitecture: {type: dcgan, latent_size: 4, generator_channels: 2, discriminator_channels: 2}\n"
                "optimizer: {type: adamw, lr: 1e-3}\nhardware: {threads: 1}\n",
            "test.yaml", {{overrides}}, recipe);
  const Experiment experiment = build(recipe, {});
  return trained_parameters(recipe, *experiment.network);
}

std::string problem_of(const std::string& overrides) {
  try {
    slots_of(overrides);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "no problem";
}

TEST_CASE("parameters of two players are known by their names in the whole network") {
  const auto slots = slots_of("optimizer.groups=[{match: '^generator', lr_scale: 2}]");
  REQUIRE(slots.size() == 2);
  CHECK(slots[0].front().name == "discriminator.main.0.weight");
  CHECK(slots[1].front().name == "generator.main.0.weight");
}

TEST_CASE("a group may match one player only, but not none") {
  CHECK(problem_of("optimizer.groups=[{match: 'discriminator', lr_scale: 0.5}]") == "no problem");
  CHECK(problem_of("optimizer.groups=[{match: 'critic', lr_scale: 0.5}]") ==
        "optimizer.groups.0.match: \"critic\" matches no parameter");
}

TEST_CASE("what a recipe freezes is not trained") {
  const auto slots = slots_of("architecture.freeze=['^generator\\.main\\.(0|1)']");
  CHECK(slots[0].front().name == "discriminator.main.0.weight");
  CHECK(slots[1].front().name == "generator.main.3.weight");
}

TEST_CASE("a player with nothing left to train is named") {
  CHECK(problem_of("architecture.freeze=['^generator\\.main\\.0', layrs]") ==
        "architecture.freeze.1: \"layrs\" matches no parameter");
  CHECK(problem_of("architecture.freeze=['^generator']") ==
        "architecture.freeze: nothing is left to train in the generator");
}

}  // namespace
}  // namespace dlrun::trained_parameters_test
