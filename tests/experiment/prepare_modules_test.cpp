// Weights under a norm and modules that are computed again, as recipes ask for them.

#include "experiment/prepare_modules.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "experiment/experiment.h"
#include "nn/parametrization.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::prepare_modules_test {
namespace {

const std::string gan_text =
    "version: 1\nname: pair\ntask: adversarial\ndata: {type: idx, path: recipes/data/fashion_mnist_small}\n"
    "architecture: {type: dcgan, latent_size: 4, generator_channels: 2, discriminator_channels: 2}\n"
    "optimizer: {type: adamw, lr: 1e-3}\nhardware: {threads: 1}\n";

std::vector<std::string> names_after(const std::vector<std::string>& overrides) {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_text(gan_text, "test.yaml", {overrides}, recipe);
  const Experiment experiment = build(recipe, {});
  std::vector<std::string> names;
  for (const NamedTensor& slot : experiment.all->state()) names.push_back(slot.name);
  return names;
}

size_t how_many(const std::vector<std::string>& names, const std::string& part) {
  return static_cast<size_t>(std::count_if(
      names.begin(), names.end(), [&](const std::string& name) { return name.find(part) != std::string::npos; }));
}

std::string refusal(const std::vector<std::string>& overrides) {
  try {
    names_after(overrides);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "no problem";
}

}  // namespace

TEST_CASE("norms of weights are those of one player where the expression says so, and norms and biases are left out") {
  const std::vector<std::string> plain = names_after({});
  const std::vector<std::string> spectral = names_after({"regularization.spectral_norm={match: '^discriminator'}"});
  const size_t convolutions = how_many(spectral, "discriminator.main") == 0 ? 0 : how_many(spectral, ".original");
  CHECK(convolutions >= 3);
  CHECK(how_many(spectral, "0._u") == convolutions);
  CHECK(how_many(spectral, "generator.main.0.weight") == 1);
  CHECK(spectral.size() == plain.size() + 2 * convolutions);
  const std::vector<std::string> both = names_after(
      {"regularization.spectral_norm={match: '^discriminator'}", "regularization.weight_norm={match: '^generator'}"});
  CHECK(how_many(both, ".original0") == how_many(both, ".original1"));
  CHECK(how_many(both, "generator.main.0.parametrizations.weight.original1") == 1);
  CHECK(how_many(both, ".bias") == how_many(plain, ".bias"));
}

TEST_CASE("what cannot be under a norm is refused by name") {
  CHECK(refusal({"regularization.spectral_norm={match: critic}"}) ==
        "regularization.spectral_norm.match: \"critic\" matches no weight of more than a vector");
  CHECK(refusal({"regularization.weight_norm={match: 'bias$'}"}).find("regularization.weight_norm.match") == 0);
  CHECK(refusal({"regularization.weight_norm={dim: 4}"}).find("regularization.weight_norm.dim: ") == 0);
  CHECK(refusal({"regularization.weight_norm={}", "regularization.spectral_norm={match: '^generator'}"})
            .find("regularization.weight_norm.match: generator.main.0.weight has a spectral norm") == 0);
}

TEST_CASE("modules that are computed again are found by their names, or refused") {
  CHECK(refusal({"trainer.gradient_checkpointing=['^discriminator$']"}) == "no problem");
  CHECK(refusal({"trainer.gradient_checkpointing=['^discriminator$', 'layer3']"})
            .find("trainer.gradient_checkpointing.1: \"layer3\" matches no module") == 0);
  CHECK(refusal({"trainer.gradient_checkpointing=['(']"}) != "no problem");
  CHECK(refusal({"trainer.gradient_checkpointing=['^discriminator$']", "hardware.sync_batchnorm=true",
                 "hardware.devices=2"})
            .find("trainer.gradient_checkpointing.0: discriminator has a batch norm") == 0);
}

TEST_CASE("plain parameters are those of a network without norms of weights") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_text(gan_text, "test.yaml", {{"regularization.weight_norm={}"}}, recipe);
  const Experiment experiment = build(recipe, {});
  const PlainParameters plain(*experiment.all);
  std::vector<std::string> names;
  for (const NamedTensor& slot : experiment.all->state()) names.push_back(slot.name);
  CHECK(names == names_after({}));
}

}  // namespace dlrun::prepare_modules_test
