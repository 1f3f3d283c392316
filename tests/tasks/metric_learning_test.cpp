// Metric learning: what the loss learns is part of what is saved, and embeddings have length 1.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <map>

#include "spec/read.h"
#include "step/step.h"
#include "step/turn_start.h"
#include "support.h"

namespace dlrun::metric_learning_test {
namespace {

std::unique_ptr<Recipe> recipe_with(const std::vector<std::string>& overrides) {
  auto recipe = std::make_unique<Recipe>();
  read_file((test::source_dir() / "tests/recipes/metric_learning.yaml").string(), {overrides}, *recipe);
  return recipe;
}

Batch first_batch(const Experiment& experiment) {
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  return experiment.place(feed->next());
}

TEST_CASE("the weights of a loss are parameters of what metric_learning assembles, and learn") {
  std::filesystem::current_path(test::source_dir());
  const std::unique_ptr<Recipe> recipe = recipe_with({});
  const Experiment experiment = build(*recipe, {});
  std::map<std::string, at::Tensor> before;
  for (const NamedTensor& parameter : experiment.all->parameters())
    if (parameter.name.starts_with("loss.")) before[parameter.name] = parameter.tensor->clone();
  REQUIRE(before.size() == 2);
  CHECK(before.at("loss.arcface_weight").sizes() == at::IntArrayRef({10, 16}));
  CHECK(before.at("loss.center_centers").sizes() == at::IntArrayRef({10, 16}));
  Step step(experiment);
  const Batch batch = first_batch(experiment);
  TurnStart start(*experiment.all, experiment.device);
  start.take();
  const std::vector<Part> parts = parts_of(*recipe, batch);
  const Outcome outcome = step.learn(0, parts, 0);
  CHECK(outcome.parts.size() == 6);
  CHECK(outcome.parts.front().first == "arcface_loss");
  const at::Tensor& places = outcome.answer["embedding"];
  CHECK(at::linalg_vector_norm(places, 2, at::IntArrayRef{1}).sub(1).abs().max().item<double>() < 1e-5);
  const TurnNumbers numbers = step.limit(0, outcome);
  step.update(0, {.lr = 0.1}, numbers.loss, {parts, 0, start});
  for (const NamedTensor& parameter : experiment.all->parameters())
    if (parameter.name.starts_with("loss.")) CHECK_FALSE(parameter.tensor->equal(before.at(parameter.name)));
}

TEST_CASE("metric_learning without weights of the loss is the network alone") {
  std::filesystem::current_path(test::source_dir());
  const std::unique_ptr<Recipe> recipe = recipe_with({"loss={type: contrastive}"});
  const Experiment experiment = build(*recipe, {});
  CHECK(experiment.all.get() == experiment.network.get());
}

TEST_CASE("a loss of scores and a task of embeddings do not meet") {
  std::filesystem::current_path(test::source_dir());
  const std::unique_ptr<Recipe> recipe = recipe_with({"loss={type: cross_entropy}"});
  const Experiment experiment = build(*recipe, {});
  const Batch batch = first_batch(experiment);
  CHECK_THROWS_AS(forward_turn(experiment, batch), NoSuchTensor);
}

}  // namespace
}  // namespace dlrun::metric_learning_test
