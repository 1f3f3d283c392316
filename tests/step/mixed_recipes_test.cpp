// Every small recipe in mixed precision, and all in bfloat16: about the losses of float32.

#include <catch2/catch.hpp>
#include <cmath>

#include "base/log.h"
#include "nn/dropout.h"
#include "recipes.h"
#include "spec/read.h"
#include "step/step.h"
#include "tensor/random_streams.h"

namespace dlrun::mixed_recipes_test {
namespace {

// Loss of each of a few steps with the recipe's own optimizer.
std::vector<double> losses_in(const std::string& file, const std::string& precision) {
  Recipe recipe;
  std::vector<std::string> overrides = {"hardware.threads=1", "hardware.precision=" + precision};
  read_file(file, {overrides}, recipe);
  resolve(recipe);
  Experiment experiment = build(recipe, {});
  experiment.all->set_training(true);
  // Narrow numbers have other masks: they are drawn by another operator.
  for (const auto& [name, module] : experiment.all->modules())
    if (auto* dropout = dynamic_cast<Dropout*>(module)) dropout->p = 0.0;
  Step step(experiment);
  TurnStart start(*experiment.all, experiment.device);
  RandomStreams(experiment.device).seed(3);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  std::vector<double> losses;
  for (int64_t k = 0; k < 4; ++k) {
    const Batch batch = experiment.place(feed->next());
    for (size_t player = 0; player < step.players(); ++player) {
      if (!step.due(player, k)) continue;
      start.take();
      const std::vector<Part> parts = parts_of(experiment, batch);
      const Outcome outcome = step.learn(player, parts, k);
      const TurnNumbers numbers = step.limit(player, outcome);
      CHECK(numbers.finite);
      losses.push_back(numbers.loss);
      step.update(player, {.lr = recipe.optimizer->lr}, numbers.loss, {parts, k, start});
    }
    step.finish(k + 1);
  }
  return losses;
}

// spectral_norm, with which bf16 is refused.
bool remembers_more_digits(const std::string& file) {
  Recipe recipe;
  read_file(file, {}, recipe);
  return static_cast<bool>(recipe.regularization.spectral_norm);
}

}  // namespace

TEST_CASE("every small recipe learns in narrow numbers as in float32, to the digits they have") {
  set_log_verbosity(-2);
  const std::string precision = GENERATE("bf16-mixed", "bf16");
  test::find_data();
  for (const auto& file : test::small_recipe_files()) {
    INFO(file.filename());
    if (precision == "bf16" && remembers_more_digits(file.string())) continue;
    const std::vector<double> exact = losses_in(file.string(), "32"), mixed = losses_in(file.string(), precision);
    REQUIRE(exact.size() == mixed.size());
    CHECK(mixed.front() == Approx(exact.front()).epsilon(0.02).margin(2e-3));
    for (size_t i = 0; i < exact.size(); ++i) CHECK(mixed[i] == Approx(exact[i]).epsilon(0.25).margin(0.05));
  }
  set_log_verbosity(0);
}

}  // namespace dlrun::mixed_recipes_test
