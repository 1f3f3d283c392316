// A batch taken in parts: the gradients are those of the whole, whatever its targets weigh; and so is a split's loss.

#include "step/step.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "eval/evaluate.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::step_test {

namespace {

// Fifteen rows of three classes; the fourth to the sixth, one part of three, are all of class b.
Experiment experiment_of(Recipe& recipe, const std::string& path, const std::vector<std::string>& overrides) {
  read_text("version: 1\nname: parts\ntask: classification\nseed: 3\ndata: {type: csv, path: " + path +
                ", target: y, val: {path: " + path +
                "}}\narchitecture: {type: mlp, widths: [6]}\noptimizer: {type: sgd, lr: 0.1}\n"
                "trainer: {batch_size: 15, micro_batch_size: 3, shuffle: false, max_steps: 1, epochs: null}\n"
                "hardware: {threads: 1}\ndata_check: {allow: [exact_overlap]}\n",
            "test.yaml", {overrides}, recipe);
  resolve(recipe);
  return build(recipe, {});
}

std::string table(const test::TempDir& dir) {
  std::string text = "a,b,y\n";
  const std::string classes = "aabbbbcacbbacca";
  for (size_t i = 0; i < classes.size(); ++i)
    text += std::to_string(static_cast<double>(i * 7 % 5) / 3) + "," +
            std::to_string(static_cast<double>(i * i % 11) / 4) + "," + classes[i] + "\n";
  return dir.write("t.csv", text);
}

struct Case {
  const char* loss;
  std::vector<double> weights;
  int64_t ignored;
  double smoothing;
};

const std::vector<Case> kCases = {
    {"loss=cross_entropy", {}, -100, 0},
    {"loss={type: cross_entropy, class_weights: [1, 5, 0.2]}", {1, 5, 0.2}, -100, 0},
    {"loss={type: cross_entropy, ignore_index: 1}", {}, 1, 0},
    {"loss={type: cross_entropy, ignore_index: 1, class_weights: [1, 5, 0.2], label_smoothing: 0.2}",
     {1, 5, 0.2},
     1,
     0.2}};

at::Tensor mean_of_all(const Case& each, const at::Tensor& scores, const at::Tensor& target) {
  at::Tensor weight;
  if (!each.weights.empty()) weight = at::tensor(each.weights, scores.options());
  return at::cross_entropy_loss(scores, target, weight, at::Reduction::Mean, each.ignored, each.smoothing);
}

std::vector<at::Tensor> gradients(const Network& network) {
  std::vector<at::Tensor> taken;
  for (const NamedTensor& parameter : network.parameters()) taken.push_back(parameter.tensor->grad().clone());
  return taken;
}

}  // namespace

TEST_CASE("the parts of a batch give the gradients and the loss of the whole") {
  const test::TempDir dir;
  for (const Case& each : kCases) {
    INFO(each.loss);
    Recipe recipe;
    const Experiment experiment = experiment_of(recipe, table(dir), {each.loss});
    const std::unique_ptr<Loader> loader = experiment.loader("train");
    loader->seek(0);
    const Batch batch = *loader->next();
    Step step(experiment);
    const at::Tensor whole = mean_of_all(each, experiment.network->forward(batch)["output"], batch["target"]);
    step.learner(0).parameters->zero_gradients();
    whole.backward();
    const std::vector<at::Tensor> expected = gradients(*experiment.network);

    const std::vector<Part> parts = parts_of(recipe, batch);
    REQUIRE(parts.size() == 5);
    const Outcome outcome = step.learn(0, parts, 0);
    CHECK(outcome.loss.mean.item<double>() == Approx(whole.item<double>()).epsilon(1e-5));
    // What the loss ignores is part of no answer.
    const bool ignores = std::string(each.loss).find("ignore_index: 1") != std::string::npos;
    const at::Tensor counted = ignores ? batch["target"].ne(1).nonzero().squeeze(1) : at::arange(15);
    CHECK(outcome.answer["output"].size(0) == counted.numel());
    CHECK(at::equal(outcome.truth["target"], batch["target"].index_select(0, counted)));
    const std::vector<at::Tensor> found = gradients(*experiment.network);
    for (size_t i = 0; i < found.size(); ++i) CHECK(at::allclose(found[i], expected[i], 1e-5, 1e-6));

    const Outcome one = step.learn(0, std::vector<Part>{{{0, batch.count}, batch}}, 0);
    CHECK(step.limit(0, one).loss == Approx(whole.item<double>()).epsilon(1e-6));
    CHECK(step.limit(0, one).weight == Approx(outcome.loss.weight.item<double>()));
  }
}

TEST_CASE("a batch of fewer samples than a part has is not cut") {
  const test::TempDir dir;
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe, table(dir), {kCases[0].loss});
  const std::unique_ptr<Loader> loader = experiment.loader("train");
  loader->seek(0);
  const std::vector<Part> parts = parts_of(recipe, loader->next()->cut(0, 3));
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].batch.count == 3);
}

TEST_CASE("the loss of a split does not depend on the size of its batches") {
  const test::TempDir dir;
  for (const Case& each : kCases) {
    for (const char* size : {"1", "2", "4", "15"}) {
      INFO(each.loss << " in batches of " << size);
      Recipe recipe;
      const Experiment experiment =
          experiment_of(recipe, table(dir), {each.loss, std::string("trainer.eval_batch_size=") + size});
      const std::unique_ptr<Loader> loader = experiment.loader("val");
      const Results results = evaluate(experiment, *loader, {});
      const std::unique_ptr<Loader> all = experiment.plain_loader("train", 15);
      all->seek(0);
      const Batch batch = *all->next();
      const double expected =
          mean_of_all(each, experiment.network->forward(batch)["output"], batch["target"]).item<double>();
      REQUIRE(results.front().first == "loss");
      CHECK(results.front().second == Approx(expected).epsilon(1e-5));
    }
  }
}

TEST_CASE(
    "what a network adds to the loss is in the loss of a training, by itself beside it, and not in that of a split") {
  const test::TempDir dir;
  const auto experiment_with = [&](Recipe& recipe, const char* weight) {
    return experiment_of(recipe, table(dir),
                         {"architecture={type: tabnet, n_d: 3, n_a: 3, n_steps: 2}",
                          std::string("architecture.lambda_sparse=") + weight});
  };
  Recipe recipe, plain;
  const Experiment experiment = experiment_with(recipe, "0.5"), without = experiment_with(plain, "0");
  const auto run = [](const Experiment& one, bool parts) {
    const std::unique_ptr<Loader> loader = one.loader("train");
    loader->seek(0);
    const Batch batch = *loader->next();
    Step step(one);
    const Outcome outcome =
        step.learn(0, parts ? parts_of(one.recipe, batch) : std::vector<Part>{{{0, batch.count}, batch}}, 0);
    at::Tensor gradients = step.learner(0).parameters->gradients().front().clone();
    return std::make_pair(outcome, gradients);
  };
  for (const bool parts : {false, true}) {
    INFO(parts);
    const auto [outcome, gradients] = run(experiment, parts);
    const auto [bare, bare_gradients] = run(without, parts);
    REQUIRE(outcome.parts.size() == 1);
    CHECK(outcome.parts[0].first == "sparsity_loss");
    const double term = outcome.parts[0].second.item<double>();
    CHECK(term > 0.01);
    CHECK(outcome.loss.mean.item<double>() == Approx(bare.loss.mean.item<double>() + term));
    CHECK(bare.parts[0].second.item<double>() == 0.0);
    CHECK_FALSE(at::allclose(gradients, bare_gradients));
  }
  const Results held_out = evaluate(experiment, *experiment.loader("val"));
  for (const auto& [name, value] : held_out) CHECK(name != "sparsity_loss");
}

TEST_CASE("a pass that is computed again for its gradients adds its term once") {
  const test::TempDir dir;
  std::vector<at::Tensor> found;
  for (const char* pattern : {"none", "tabnet.encoder"}) {
    Recipe recipe;
    std::vector<std::string> overrides = {"architecture={type: tabnet, n_d: 3, n_a: 3, n_steps: 2}"};
    if (std::string(pattern) != "none")
      overrides.push_back(std::string("trainer.gradient_checkpointing=[\"") + pattern + "\"]");
    const Experiment experiment = experiment_of(recipe, table(dir), overrides);
    const std::unique_ptr<Loader> loader = experiment.loader("train");
    loader->seek(0);
    Step step(experiment);
    const Outcome outcome = step.learn(0, parts_of(recipe, *loader->next()), 0);
    found.push_back(at::cat({outcome.loss.mean.reshape(1), outcome.parts[0].second.reshape(1),
                             step.learner(0).parameters->gradients().front()}));
  }
  CHECK(at::equal(found[0], found[1]));
}

}  // namespace dlrun::step_test
