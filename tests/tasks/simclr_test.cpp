// SimCLR: what it is made of, what its loss compares, what answers, and what it refuses.

#include <catch2/catch.hpp>

#include "eval/evaluate.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::simclr_test {

namespace {

const std::string text =
    "version: 1\nname: simclr\ntask: {type: simclr, projection: [5, 3]}\nseed: 3\n"
    "data: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: 0.01}}\n"
    "architecture: {type: mlp, widths: [12, 8]}\noptimizer: {type: sgd, lr: 0.1}\n"
    "augmentation: [normalize, {type: views, first: [{type: random_crop, size: 28, padding: 4}]}]\n"
    "trainer: {batch_size: 16, max_steps: 2}\nhardware: {threads: 1, loader_threads: 0}\n";

Experiment experiment_of(Recipe& recipe, const std::vector<std::string>& overrides = {}) {
  std::filesystem::current_path(test::source_dir());
  read_text(text, "test.yaml", {overrides}, recipe);
  return build(recipe, {});
}

Batch first_batch(const Experiment& experiment) {
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  return experiment.place(feed->next());
}

// The network and the projection as they are told in the paper: linear layers with relu between them.
at::Tensor projected(const Experiment& experiment, const at::Tensor& images) {
  at::Tensor x = images.flatten(1);
  const auto layer = [&](const std::string& name) {
    const Module& linear = *experiment.all->find(name);
    return at::linear(x, *linear.parameters()[0].tensor, *linear.parameters()[1].tensor);
  };
  x = layer("encoder.layers.0").relu();
  x = layer("encoder.layers.3").relu();
  x = layer("projection.0").relu();
  return layer("projection.2");
}

std::string problem(const std::vector<std::string>& overrides) {
  Recipe recipe;
  try {
    const Experiment experiment = experiment_of(recipe, overrides);
    forward_turn(experiment, first_batch(experiment));
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the loss of simclr is nt_xent of what the projection makes of both views") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  const Batch batch = first_batch(experiment);
  REQUIRE(batch["second.input"].sizes() == batch["input"].sizes());
  REQUIRE_FALSE(at::equal(batch["second.input"], batch["input"]));
  const at::Tensor first = projected(experiment, batch["input"]), second = projected(experiment, batch["second.input"]);
  const Weighted expected = recipe.loss->forward({{"output", first}, {"second.output", second}}, {});
  Step step(experiment);
  const Outcome outcome = step.learn(0, parts_of(recipe, batch), 0);
  CHECK(outcome.loss.mean.item<double>() == Approx(expected.mean.item<double>()).epsilon(1e-5));
  CHECK(outcome.loss.weight.item<double>() == 32);
  for (const NamedTensor& weight : experiment.all->parameters()) {
    INFO(weight.name);
    CHECK(weight.tensor->grad().abs().max().item<double>() > 0);
  }
}

TEST_CASE("the encoder of simclr answers, with what its head would take") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  CHECK(experiment.network.get() == experiment.all->find("encoder"));
  const Batch batch = first_batch(experiment);
  const at::Tensor features = experiment.network->forward(batch)["output"];
  CHECK(features.sizes() == at::IntArrayRef({16, 8}));
  CHECK(features.min().item<double>() >= 0);  // after the last relu
  const nlohmann::json records = recipe.task->predict(*experiment.network, batch);
  REQUIRE(records.size() == 16);
  CHECK(records[3]["features"][5].get<float>() == features[3][5].item<float>());
}

TEST_CASE("simclr learns the features of every kind of network without a head") {
  const std::vector<std::pair<std::string, int64_t>> cases = {
      {"{type: cnn, blocks: [{channels: 4}, {channels: 6, pool: none}], head: {pool: avg}}", 6},
      {"{type: resnet18, stem: cifar}", 512}};
  for (const auto& [architecture, width] : cases) {
    INFO(architecture);
    Recipe recipe;
    const Experiment experiment = experiment_of(recipe, {"architecture=" + architecture, "trainer.batch_size=4"});
    const Batch batch = first_batch(experiment);
    Step step(experiment);
    step.learn(0, parts_of(recipe, batch), 0);
    for (const NamedTensor& weight : experiment.all->parameters()) {
      INFO(weight.name);
      CHECK(weight.tensor->grad().defined());
      CHECK((weight.name.starts_with("encoder.") || weight.name.starts_with("projection.")));
    }
    CHECK(experiment.network->forward(batch)["output"].sizes() == at::IntArrayRef({4, width}));
  }
}

TEST_CASE("a validation of simclr is the same each time, and looks at the samples as they are") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  const std::unique_ptr<Loader> loader = experiment.loader("val"), again = experiment.loader("val");
  const Results first = evaluate(experiment, *loader), second = evaluate(experiment, *again);
  REQUIRE(first.size() == 1);
  CHECK(first[0].first == "loss");
  CHECK(first[0].second == second[0].second);
  const std::unique_ptr<Loader> plain = experiment.plain_loader("val", 4);
  plain->seek(0);
  CHECK(plain->next()->has("second.input"));
}

TEST_CASE("simclr refuses a single view, networks that need their head, and changes of one view") {
  CHECK_THAT(problem({"augmentation=[normalize]"}), Catch::StartsWith("augmentation: simclr compares two views"));
  CHECK_THAT(problem({"architecture={type: autoencoder}"}),
             Catch::StartsWith("architecture: simclr learns features, and this network cannot do without its head"));
  CHECK_THAT(problem({"architecture={type: mlp, widths: []}"}), Catch::StartsWith("architecture.widths: a linear"));
  CHECK_THAT(problem({"augmentation=[{type: views, first: []}, normalize]"}),
             Catch::StartsWith("augmentation.1: normalize would change one of the two views alone"));
}

}  // namespace dlrun::simclr_test
