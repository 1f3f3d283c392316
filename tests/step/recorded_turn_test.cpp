// Turns that are done again from a recording, beside the same ones as ever.

#include "step/recorded_turn.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/log.h"
#include "recipes.h"
#include "spec/read.h"
#include "tensor/random_streams.h"

namespace dlrun::recorded_turn_test {
namespace {

constexpr int64_t steps = 20;

struct Training {
  std::vector<double> numbers;      // of every turn: loss, weight, parts, and the means of what it answered
  std::vector<at::Tensor> weights;  // with all that the optimizer keeps, and buffers
  int64_t turns = 0, replayed = 0;
  std::string why;  // not recorded
};

void add(const Batch& batch, std::vector<double>& numbers) {
  for (const Batch::Item& item : batch.items())
    numbers.push_back(item.value.to(at::kDouble).nan_to_num(-1.0).sum().item<double>());
}

// `flawed`: the step whose input is not finite.
Training train(const std::string& file, bool records, const std::vector<std::string>& further = {},
               int64_t flawed = -1) {
  set_log_verbosity(-2);
  Recipe recipe;
  std::vector<std::string> overrides = {"hardware.threads=1"};
  overrides.insert(overrides.end(), further.begin(), further.end());
  read_file(file, {overrides}, recipe);
  resolve(recipe);
  Experiment experiment = build(recipe, {});
  experiment.all->set_training(true);
  Step step(experiment);
  Training training;
  // Beside it, so that both round their rates.
  RecordedTurns recorded(experiment, step, [&](const std::string& why) { training.why = why; });
  std::vector<std::unique_ptr<TurnStart>> starts;
  for (size_t player = 0; player < step.players(); ++player)
    starts.push_back(std::make_unique<TurnStart>(*experiment.all, experiment.device));
  RandomStreams(experiment.device).seed(3);
  const std::unique_ptr<Feed> feed = experiment.feed();
  const TrainingSpan span = {steps, feed->steps()};
  feed->seek(0);
  for (int64_t k = 0; k < steps; ++k) {
    Batch batch = experiment.place(feed->next());
    if (k == flawed) batch.set("input", at::full_like(batch["input"], std::numeric_limits<double>::quiet_NaN()));
    step.freeze(k);
    const Setting setting = recipe.lr_scheduler->at(recipe.optimizer->lr, {k, span.total_steps, span.steps_per_epoch});
    for (size_t player = 0; player < step.players(); ++player) {
      if (!step.due(player, k)) continue;
      ++training.turns;
      TurnStart& start = *starts[player];
      std::optional<RecordedTurns::Made> made;
      if (records)
        made = recorded.make(player, batch, k, setting, start);
      else
        start.take();
      if (!made) {
        const std::vector<Part> parts = parts_of(experiment, batch);
        made = RecordedTurns::Made{step.learn(player, parts, k), {}};
        made->numbers = step.limit(player, made->outcome);
        if (made->numbers.finite) step.update(player, setting, made->numbers.loss, {parts, k, start});
      }
      if (!made->numbers.finite) {
        start.restore();
        CHECK(k == flawed);
        continue;
      }
      training.numbers.push_back(made->numbers.loss);
      training.numbers.push_back(made->numbers.weight);
      training.numbers.insert(training.numbers.end(), made->numbers.parts.begin(), made->numbers.parts.end());
      add(made->outcome.answer, training.numbers);
      add(made->outcome.truth, training.numbers);
    }
    step.finish(k + 1);
  }
  for (size_t player = 0; player < step.players(); ++player)
    for (const at::Tensor& tensor : step.learner(player).parameters->copies()) training.weights.push_back(tensor);
  for (const NamedTensor& buffer : experiment.all->buffers()) training.weights.push_back(buffer.tensor->clone());
  training.replayed = recorded.replayed();
  set_log_verbosity(0);
  return training;
}

void check_same(const Training& one, const Training& other) {
  CHECK(one.numbers == other.numbers);
  REQUIRE(one.weights.size() == other.weights.size());
  for (size_t i = 0; i < one.weights.size(); ++i) CHECK(at::equal(one.weights[i], other.weights[i]));
}

std::string file_of(const std::string& name) { return (test::source_dir() / "tests/recipes" / name).string(); }

}  // namespace

TEST_CASE("a recorded training has the bits of one that is not, or says why it cannot be recorded", "[each_recipe]") {
  for (const auto& file : test::recipes_to_try()) {
    if (file.parent_path().filename() == "recipes" && file.parent_path().parent_path().filename() != "tests") continue;
    INFO(file.filename());
    const Training recorded = train(file.string(), true), ever = train(file.string(), false);
    check_same(recorded, ever);
    if (recorded.why.empty()) {
      CHECK(recorded.replayed > 0);
    } else {
      std::printf("%s: not recorded: %s\n", file.filename().c_str(), recorded.why.c_str());
    }
  }
}

TEST_CASE("a step that is not finite changes nothing in a recording either, and the next one goes on") {
  test::find_data();
  for (const char* optimizer : {"{type: adamw, lr: 0.01}", "{type: adam, lr: 0.01, amsgrad: true}",
                                "{type: sgd, lr: 0.01, momentum: 0.9}", "{type: adagrad, lr: 0.01}"}) {
    INFO(optimizer);
    const std::vector<std::string> overrides = {std::string("optimizer=") + optimizer,
                                                "regularization.gradient_clipping={value: 0.5}"};
    const Training recorded = train(file_of("adam.yaml"), true, overrides, 12);
    CHECK(recorded.why.empty());
    CHECK(recorded.replayed > 10);
    check_same(recorded, train(file_of("adam.yaml"), false, overrides, 12));
  }
}

TEST_CASE("a number of the host that changes from step to step is found, and no step is made with the old one") {
  test::find_data();
  const std::vector<std::string> overrides = {"task.rampup_steps=15"};
  const Training recorded = train(file_of("mean_teacher.yaml"), true, overrides);
  CHECK(recorded.why.find("replay 1 of one has other numbers than the step itself") == 0);
  CHECK(recorded.replayed == 0);
  check_same(recorded, train(file_of("mean_teacher.yaml"), false, overrides));
}

TEST_CASE("clipping that reads nothing clips as the one that reads") {
  test::find_data();
  for (const char* clipping : {"{type: norm, value: 0.01}", "{type: norm, value: 1e6}", "{type: value, value: 1e-3}",
                               "{type: agc, value: 1e-3}"}) {
    INFO(clipping);
    const std::vector<std::string> overrides = {std::string("regularization.gradient_clipping=") + clipping};
    const Training recorded = train(file_of("adam.yaml"), true, overrides);
    CHECK(recorded.why.empty());
    check_same(recorded, train(file_of("adam.yaml"), false, overrides));
  }
}

}  // namespace dlrun::recorded_turn_test
