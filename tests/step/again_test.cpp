// A step that takes gradients at other weights on its way: same samples, same draws, and no trace of it but the update.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"
#include "tensor/random_streams.h"
#include "train/poisoned.h"

namespace dlrun::again_test {
namespace {

// Rows, a network that draws and remembers, and the state before the turn.
struct Built {
  test::Table table;
  Recipe recipe;
  std::unique_ptr<Experiment> experiment;
  std::unique_ptr<Step> step;
  std::unique_ptr<TurnStart> start;
  std::vector<Part> parts;

  explicit Built(const std::vector<std::string>& overrides) {
    std::vector<std::string> all = {"regularization.ema=null"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    read_text(table.recipe, "test.yaml", {all}, recipe);
    resolve(recipe);
    experiment = std::make_unique<Experiment>(build(recipe, {}));
    step = std::make_unique<Step>(*experiment);
    start = std::make_unique<TurnStart>(*experiment->all, experiment->device);
    const std::unique_ptr<Feed> feed = experiment->feed();
    feed->seek(0);
    parts = parts_of(recipe, feed->next());
    experiment->all->set_training(true);
  }

  FlatParameters& parameters() const { return *step->learner(0).parameters; }
  TurnNumbers learn() const { return step->limit(0, step->learn(0, parts, 0)); }
  std::vector<at::Tensor> weights() const {
    std::vector<at::Tensor> copies;
    for (const at::Tensor& buffer : parameters().buffers()) copies.push_back(buffer.clone());
    return copies;
  }
  TensorList remembered() const {
    TensorList tensors;
    for (const NamedTensor& buffer : experiment->all->buffers())
      tensors.emplace_back(buffer.name, buffer.tensor->clone());
    for (auto& stream : RandomStreams(experiment->device).take()) tensors.push_back(std::move(stream));
    return tensors;
  }
};

TEST_CASE("sam updates by the gradients at the end of its way up, and buffers and draws are those of the first run") {
  for (const char* adaptive : {"false", "true"}) {
    const Built built({std::string("optimizer={type: sgd, lr: 0.5, sam: {rho: 0.2, adaptive: ") + adaptive + "}}"});
    const std::vector<at::Tensor> before = built.weights();
    built.start->take();
    TurnNumbers numbers = built.learn();
    built.recipe.optimizer->sam->climb(built.parameters().buffers(), built.parameters().gradients());
    built.start->restore();
    built.learn();
    std::vector<at::Tensor> expected;
    for (size_t i = 0; i < before.size(); ++i) expected.push_back(before[i] - 0.5 * built.parameters().gradients()[i]);
    for (size_t i = 0; i < before.size(); ++i) built.parameters().buffers()[i].copy_(before[i]);

    built.start->restore();
    numbers = built.learn();
    const TensorList remembered = built.remembered();
    CHECK_FALSE(built.step->update(0, {.lr = 0.5}, numbers.loss, {built.parts, 0, *built.start}));
    const std::vector<at::Tensor> after = built.weights();
    for (size_t i = 0; i < before.size(); ++i) {
      CHECK(at::allclose(after[i], expected[i], 1e-6, 1e-7));
      CHECK_FALSE(at::allclose(before[i] - after[i], at::zeros_like(after[i]), 1e-6, 1e-7));
    }
    CHECK(test::same_tensors(built.remembered(), remembered));
  }
}

TEST_CASE(
    "a loss that is not finite on the way is given back with the weights it was found at, which can be put back") {
  const Built built({"optimizer={type: adam, lr: 0.1, sam: {rho: 1e38}}"});
  built.start->take();
  TurnNumbers numbers = built.learn();
  const std::vector<at::Tensor> everything = built.parameters().copies();
  const TensorList remembered = built.remembered();
  const auto loss = built.step->update(0, {.lr = 0.1}, numbers.loss, {built.parts, 0, *built.start});
  REQUIRE(loss);
  CHECK_FALSE(at::equal(built.parameters().copies()[0], everything[0]));
  built.step->put_back(0);
  const std::vector<at::Tensor> again = built.parameters().copies();
  for (size_t i = 0; i < again.size(); ++i) CHECK(at::equal(again[i], everything[i]));
  CHECK(test::same_tensors(built.remembered(), remembered));
}

TEST_CASE("lbfgs lowers the loss of its batch by several looks at it, and starts from where it was when one fails") {
  const Built built({"optimizer={type: lbfgs, max_iter: 5}", "architecture.dropout=0"});
  built.start->take();
  const TurnNumbers numbers = built.learn();
  const std::vector<at::Tensor> everything = built.parameters().copies();
  CHECK_FALSE(built.step->update(0, {.lr = 1.0}, numbers.loss, {built.parts, 0, *built.start}));
  built.start->restore();
  CHECK(built.learn().loss < 0.7 * numbers.loss);
  built.step->put_back(0);  // Of a step that was made nothing is left to put back.
  CHECK_FALSE(at::equal(built.parameters().copies()[0], everything[0]));

  const Built failing({"optimizer={type: lbfgs, line_search_fn: none, lr: 1e38}", "architecture.dropout=0"});
  failing.start->take();
  const TurnNumbers first = failing.learn();
  const std::vector<at::Tensor> all = failing.parameters().copies();
  CHECK(failing.step->update(0, {.lr = 1e38}, first.loss, {failing.parts, 0, *failing.start}));
  failing.step->put_back(0);
  const std::vector<at::Tensor> again = failing.parameters().copies();
  for (size_t i = 0; i < again.size(); ++i) CHECK(at::equal(again[i], all[i]));
}

TEST_CASE("what cannot go together with an optimizer that compares losses, or averages, is refused") {
  const auto refused = [](const std::vector<std::string>& overrides) -> std::string {
    try {
      const Built built(overrides);
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      return error.what();
    }
    return "";
  };
  CHECK(refused({"optimizer=lbfgs", "regularization.l2=1e-3"}).find("regularization: lbfgs compares losses") == 0);
  CHECK(refused({"optimizer=lbfgs", "regularization.gradient_clipping={value: 1}"}).find("regularization: lbfgs") == 0);
  CHECK(refused({"optimizer=schedule_free", "regularization.ema={decay: 0.9}"})
            .find("regularization.ema: schedule_free") == 0);
  CHECK(refused({"optimizer=schedule_free"}).empty());
}

TEST_CASE("an optimizer's own average is what the network computes with while it is swapped in") {
  const Built built({"optimizer={type: schedule_free, lr: 0.05}"});
  REQUIRE(built.step->learner(0).average);
  for (int i = 0; i < 3; ++i) {
    built.start->take();
    const TurnNumbers numbers = built.learn();
    built.step->update(0, {.lr = 0.05}, numbers.loss, {built.parts, 0, *built.start});
    built.step->finish(i + 1);
  }
  const std::vector<at::Tensor> weights = built.weights(), averages = built.parameters().averages();
  const at::Tensor average = averages[0].clone();
  CHECK_FALSE(at::equal(weights[0], average));
  built.step->learner(0).average->swap();
  CHECK(at::equal(built.parameters().buffers()[0], average));
  built.step->learner(0).average->swap();
  CHECK(at::equal(built.parameters().buffers()[0], weights[0]));
}

}  // namespace
}  // namespace dlrun::again_test
