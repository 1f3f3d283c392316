// Gradual unfreezing: what is late stays as it is, and its updates count from the first one on.

#include <catch2/catch.hpp>

#include "base/error.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::unfreeze_test {
namespace {

Experiment experiment_of(Recipe& recipe, const std::string& unfreeze) {
  std::filesystem::current_path(test::source_dir());
  read_text(
      "version: 1\nname: late\ntask: classification\nseed: 3\n"
      "data: {type: idx, path: recipes/data/fashion_mnist_small}\narchitecture: {type: mlp, widths: [8, 6]}\n"
      "optimizer: {type: adamw, lr: 0.01}\nregularization: {l2: 0.1}\naugmentation: [normalize]\n"
      "trainer: {batch_size: 800, epochs: 3, unfreeze: " +
          unfreeze + "}\nhardware: {threads: 1, loader_threads: 0}\n",
      "test.yaml", {}, recipe);
  return build(recipe, {});
}

void make_step(const Experiment& experiment, Step& step, Feed& feed, int64_t done) {
  step.freeze(done);
  const Batch batch = experiment.place(feed.next());
  const std::vector<Part> parts = parts_of(experiment.recipe, batch);
  const TurnStart start(*experiment.all, experiment.device);
  const Outcome outcome = step.learn(0, parts, done);
  const TurnNumbers numbers = step.limit(0, outcome);
  step.update(0, {.lr = 0.01}, numbers.loss, {parts, done, start});
  step.finish(done + 1);
}

}  // namespace

TEST_CASE("parameters learn from their step or epoch on, and not before") {
  Recipe recipe;
  // 10 steps in an epoch.
  const Experiment experiment =
      experiment_of(recipe, "[{match: '^layers\\.0\\.', step: 2}, {match: '^layers\\.[123]\\.', epoch: 1}]");
  Step step(experiment);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  REQUIRE(feed->steps() == 10);
  std::map<std::string, at::Tensor> before;
  const auto moved = [&](int64_t done) {
    for (const NamedTensor& one : experiment.all->parameters()) before[one.name] = one.tensor->clone();
    make_step(experiment, step, *feed, done);
    std::set<std::string> names;
    for (const NamedTensor& one : experiment.all->parameters())
      if (!one.tensor->equal(before[one.name])) names.insert(one.name.substr(0, one.name.find_last_of('.')));
    return names;
  };
  std::vector<std::string> layers;
  for (const NamedTensor& one : experiment.all->parameters())
    if (one.tensor->dim() == 2) layers.push_back(one.name.substr(0, one.name.find_last_of('.')));
  REQUIRE(layers.size() == 3);
  CHECK(moved(0) == std::set<std::string>{layers[2]});
  CHECK(moved(1) == std::set<std::string>{layers[2]});
  CHECK(moved(2) == std::set<std::string>{layers[0], layers[2]});
  CHECK(moved(9) == std::set<std::string>{layers[0], layers[2]});
  CHECK(moved(10) == std::set<std::string>{layers[0], layers[1], layers[2]});
}

TEST_CASE("the first update of a late parameter is an optimizer's first") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe, "[{match: '^layers\\.[0123]\\.', step: 4}]");
  Step step(experiment);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  for (int64_t done = 0; done < 4; ++done) make_step(experiment, step, *feed, done);
  const at::Tensor weight = *experiment.all->parameters().front().tensor;
  const at::Tensor before = weight.clone();
  make_step(experiment, step, *feed, 4);
  // Adam's first step has the size of the rate wherever there is a gradient; its fifth would be another.
  const at::Tensor change = (weight - before).abs();
  CHECK(change.max().item<double>() == Approx(0.01).epsilon(1e-2));
  CHECK(change.median().item<double>() == Approx(0.01).epsilon(1e-2));
}

TEST_CASE("an entry that matches nothing, and one without a time, are errors") {
  const auto problem = [](const std::string& unfreeze) {
    Recipe recipe;
    try {
      const Experiment experiment = experiment_of(recipe, unfreeze);
      const Step step(experiment);
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      return std::string(error.what());
    }
    return std::string("no problem");
  };
  CHECK_THAT(problem("[{match: encoder, step: 4}]"),
             Catch::Contains("trainer.unfreeze.0.match: \"encoder\" matches no"));
  CHECK_THAT(problem("[{match: layers}]"), Catch::Contains("give epoch or step"));
}

}  // namespace dlrun::unfreeze_test
