// An optimizer's memory in parts, one in each process: the numbers of one that has all of it, and the same checkpoints.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "dist/gloo.h"
#include "dist/ranks.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::sharded_optimizer_test {
namespace {

struct Trained {
  Recipe recipe;
  std::optional<Experiment> experiment;
  std::optional<Step> step;
  std::optional<TurnStart> start;

  Trained(const std::string& optimizer, const std::string& strategy, std::shared_ptr<Group> group) {
    read_text(
        "version: 1\nname: shards\ntask: classification\nseed: 3\ndata: {type: idx, path: "
        "recipes/data/fashion_mnist_small, val: {split: 0.1}}\narchitecture: {type: cnn, blocks: [{channels: 5}], "
        "head: "
        "{widths: [7]}}\naugmentation: [normalize]\ntrainer: {batch_size: 18}\nregularization: {gradient_clipping: "
        "{value: 1}}\n",
        "test.yaml", {{"optimizer=" + optimizer, "hardware={threads: 1, strategy: " + strategy + "}"}}, recipe);
    resolve(recipe);
    experiment.emplace(build(recipe, {}));
    experiment->join(std::move(group));
    step.emplace(*experiment);
    start.emplace(*experiment->all, experiment->device);
  }
  void make(int64_t steps, int64_t done = 0) {
    const std::unique_ptr<Feed> feed = experiment->feed();
    feed->seek(done);
    for (int64_t k = done; k < done + steps; ++k) {
      start->take();
      const std::vector<Part> parts = parts_of(*experiment, experiment->place(feed->next()));
      Outcome outcome = step->learn(0, parts, k);
      step->exchange(0, outcome);
      const TurnNumbers numbers = step->limit(0, outcome);
      step->update(0, {.lr = 0.01}, numbers.loss, {parts, k, *start});
      step->finish(k + 1);
    }
  }
  FlatParameters& parameters() { return *step->learner(0).parameters; }
  TensorList weights() const {
    TensorList weights;
    for (const NamedTensor& parameter : experiment->all->parameters())
      weights.emplace_back(parameter.name, parameter.tensor->detach().clone());
    return weights;
  }
};

// What differs by more than the tolerance; "" where nothing does.
std::string far(const char* what, const TensorList& one, const TensorList& other, double tolerance) {
  if (one.size() != other.size()) return std::string(what) + ": other tensors; ";
  for (size_t i = 0; i < one.size(); ++i) {
    if (one[i].first != other[i].first || one[i].second.sizes() != other[i].second.sizes())
      return std::string(what) + ": " + one[i].first + " and " + other[i].first + "; ";
    const double apart = (one[i].second - other[i].second).abs().max().item<double>();
    if (!(apart <= tolerance)) return std::string(what) + ": " + one[i].first + " " + std::to_string(apart) + "; ";
  }
  return "";
}

std::string compare(Group& group, const std::string& optimizer) {
  const std::shared_ptr<Group> all(&group, [](Group*) {});
  Trained whole(optimizer, "ddp", all), cut(optimizer, "zero1", all);
  whole.make(8);
  cut.make(8);
  std::string said = far("weights", whole.weights(), cut.weights(), 1e-6);
  const TensorList state = cut.parameters().state();
  said += far("state", whole.parameters().state(), state, 1e-6);
  // Each has its part and no more, but for what fills the last cache lines.
  const int64_t part = whole.parameters().kept() / group.size();
  if (cut.parameters().kept() < part || cut.parameters().kept() > part + 16 * 16)
    said += "keeps " + std::to_string(cut.parameters().kept()) + " of " + std::to_string(part) + "; ";

  // Either goes on with what the other kept.
  Trained alone(optimizer, "zero1", open_group({})), again(optimizer, "zero1", all);
  alone.parameters().load_state(state);
  said += far("alone", state, alone.parameters().state(), 0.0);
  again.parameters().load_state(whole.parameters().state());
  said += far("again", whole.parameters().state(), again.parameters().state(), 0.0);
  const TensorList weights = whole.weights();
  const std::vector<NamedTensor> slots = again.experiment->all->parameters();
  const c10::NoGradGuard no_gradients;
  for (size_t i = 0; i < slots.size(); ++i) slots[i].tensor->copy_(weights[i].second);
  const c10::AutoGradMode gradients(true);
  again.make(3, 8);
  whole.make(3, 8);
  return said + far("gone on", whole.weights(), again.weights(), 1e-6);
}

}  // namespace

TEST_CASE("zero1 makes the steps of ddp with a part of the memory, and keeps the same") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  std::filesystem::current_path(test::source_dir());
  const int64_t ranks = GENERATE(2, 3);
  const std::string optimizer =
      GENERATE(std::string("{type: adamw, lr: 0.01}"), std::string("{type: sgd, lr: 0.1, momentum: 0.9}"),
               std::string("{type: lion, lr: 0.01, groups: [{match: bias, lr_scale: 0.5}]}"));
  for (const test::Ended& rank : test::run_ranks(ranks, [&](Group& group) { return compare(group, optimizer); })) {
    CHECK(rank.said == "");
    CHECK(rank.signal == 0);
  }
}

TEST_CASE("an optimizer that looks at whole parameters is not cut") {
  std::filesystem::current_path(test::source_dir());
  for (const char* type :
       {"lamb", "lars", "muon, companion: {match: '[.][1-9][.]', lr: 0.01}", "adafactor", "lbfgs", "schedule_free"}) {
    try {
      const Trained trained(std::string("{type: ") + type + ", lr: 0.01}", "zero1", open_group({}));
      FAIL(type);
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      const std::string text = error.what();
      INFO(text);
      // lbfgs has the same to say of clipping, and says it first.
      CHECK((text.starts_with("hardware.strategy: zero1") || text.starts_with("regularization: lbfgs")));
    }
  }
}

}  // namespace dlrun::sharded_optimizer_test
