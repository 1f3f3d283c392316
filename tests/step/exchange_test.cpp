// Several processes with a share of every batch each: gradients, losses and metrics are those of one process with all.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "dist/gloo.h"
#include "dist/ranks.h"
#include "eval/evaluate.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::exchange_test {

namespace {

bool built() {
  if (gloo_problem().empty()) return true;
  test::skip(gloo_problem());
  return false;
}

// Seventeen rows of two classes, unequally spread over any ranks.
std::string table(const test::TempDir& dir) {
  std::string text = "a,b,y\n";
  const std::string classes = "aabbbbababbabbaba";
  for (size_t i = 0; i < classes.size(); ++i)
    text += std::to_string(static_cast<double>(i * 7 % 5) / 3) + "," +
            std::to_string(static_cast<double>(i * i % 11) / 4) + "," + classes[i] + "\n";
  return dir.write("t.csv", text);
}

Experiment experiment_of(Recipe& recipe, const std::string& path, const std::vector<std::string>& overrides) {
  read_text("version: 1\nname: ranks\ntask: classification\nseed: 3\ndata: {type: csv, path: " + path +
                ", target: y, val: {path: " + path +
                "}}\narchitecture: {type: mlp, widths: [6]}\noptimizer: {type: sgd, lr: 0.1}\n"
                "metrics: [accuracy, roc_auc]\n"
                "trainer: {batch_size: 17, eval_batch_size: 6, shuffle: false, max_steps: 1, epochs: null}\n"
                "hardware: {threads: 1}\ndata_check: {allow: [exact_overlap]}\n",
            "test.yaml", {overrides}, recipe);
  resolve(recipe);
  return build(recipe, {});
}

std::shared_ptr<Group> borrowed(Group& group) {
  return {&group, [](Group*) {}};
}

std::string bits(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.detach().contiguous();
  return {static_cast<const char*>(dense.const_data_ptr()), dense.nbytes()};
}

// "far: ..." where something differs, otherwise the bits of what every rank must have.
std::string learn(Group& group, const std::string& path, const std::vector<std::string>& overrides) {
  Recipe alone_recipe, recipe;
  Experiment alone = experiment_of(alone_recipe, path, overrides), shared = experiment_of(recipe, path, overrides);
  shared.join(borrowed(group));
  std::vector<at::Tensor> gradients;
  std::vector<double> losses;
  for (const Experiment* experiment : {&alone, &shared}) {
    Step step(*experiment);
    const auto feed = experiment->feed();
    feed->seek(0);
    const Batch batch = feed->next();
    Outcome outcome = step.learn(0, parts_of(experiment->recipe, batch), 0);
    step.exchange(0, outcome);
    losses.push_back(step.limit(0, outcome).loss);
    gradients.push_back(at::cat(step.learner(0).parameters->gradients()));
  }
  const double apart = (gradients[0] - gradients[1]).abs().max().item<double>();
  const double size = gradients[0].abs().max().item<double>();
  if (!(size > 1e-3)) return "far: no gradient";
  if (!(apart <= 1e-6 * size)) return "far: gradients " + std::to_string(apart / size);
  if (!(std::abs(losses[0] - losses[1]) <= 1e-6)) return "far: " + std::to_string(losses[1] - losses[0]);
  return bits(gradients[1]) + bits(at::tensor(losses[1], at::kDouble));
}

std::string measure(Group& group, const std::string& path, const std::vector<std::string>& overrides) {
  Recipe recipe;
  Experiment experiment = experiment_of(recipe, path, overrides);
  const Results alone = evaluate(experiment, *experiment.loader("val"));
  experiment.join(borrowed(group));
  const auto loader = experiment.loader("val");
  const Results shared = evaluate(experiment, *loader);
  std::string same = loader->shared() ? "shared" : "not shared";
  if (alone.size() != shared.size() || alone.size() < 3) return "far: other results";
  for (size_t i = 0; i < alone.size(); ++i) {
    if (alone[i].first != shared[i].first || !(std::abs(alone[i].second - shared[i].second) <= 1e-6))
      return "far: " + alone[i].first + " " + std::to_string(shared[i].second);
    same += bits(at::tensor(shared[i].second, at::kDouble));
  }
  return same;
}

void require_same(const std::vector<test::Ended>& ranks) {
  for (const test::Ended& rank : ranks) {
    INFO(rank.said);
    REQUIRE(rank.signal == 0);
    REQUIRE(rank.said.find("far:") == std::string::npos);
    REQUIRE(rank.said.find("exception") == std::string::npos);
    REQUIRE(rank.said == ranks[0].said);
  }
}

}  // namespace

TEST_CASE("gradients and losses of ranks are those of one process with the whole batch, the same bits on all") {
  if (!built()) return;
  const test::TempDir dir;
  const std::string path = table(dir);
  const int64_t size = GENERATE(2, 3);
  const std::vector<std::string> overrides =
      GENERATE(std::vector<std::string>{"loss=cross_entropy"},
               std::vector<std::string>{"loss={type: cross_entropy, class_weights: [1, 7]}"},
               std::vector<std::string>{"loss={type: cross_entropy, ignore_index: 0}"},
               std::vector<std::string>{"loss=bce", "trainer.micro_batch_size=2"});
  require_same(test::run_ranks(size, [&](Group& group) { return learn(group, path, overrides); }));
}

TEST_CASE("results of ranks are those of one process, also where the last batch has too few samples for all") {
  if (!built()) return;
  const test::TempDir dir;
  const std::string path = table(dir);
  const auto batch = GENERATE(std::string("16"), std::string("6"), std::string("2"));
  const auto ranks =
      test::run_ranks(3, [&](Group& group) { return measure(group, path, {"trainer.eval_batch_size=" + batch}); });
  require_same(ranks);
  // Batches of two cannot be shared by three: each measures all of them.
  REQUIRE(ranks[0].said.starts_with(batch == "2" ? "not shared" : "shared"));
}

TEST_CASE("buffers become those of the first rank, and numbers beside a turn the sums of all") {
  if (!built()) return;
  const test::TempDir dir;
  const std::string path = table(dir);
  const auto ranks = test::run_ranks(2, [&](Group& group) {
    Recipe recipe;
    Experiment experiment = experiment_of(recipe, path, {"architecture.norm=batch"});
    experiment.join(borrowed(group));
    Step step(experiment);
    const auto feed = experiment.feed();
    feed->seek(0);
    Outcome outcome = step.learn(0, parts_of(experiment, feed->next()), 0);
    for (const NamedTensor& buffer : experiment.all->buffers())
      if (buffer.tensor->is_floating_point()) buffer.tensor->fill_(group.rank() + 2);
    if (step.exchange(0, outcome, {group.rank() + 1.0, 5.0}) != std::vector<double>{3.0, 10.0})
      return std::string("far: beside");
    std::string all;
    for (const NamedTensor& buffer : experiment.all->buffers())
      if (buffer.tensor->is_floating_point()) {
        if (!buffer.tensor->eq(2).all().item<bool>()) return "far: " + buffer.name;
        all += buffer.name;
      }
    return all.empty() ? std::string("far: no buffers") : all;
  });
  require_same(ranks);
}

}  // namespace dlrun::exchange_test
