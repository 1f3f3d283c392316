// What a recipe's training costs here.

#include "advice/price.h"

#include <algorithm>

#include "base/clock.h"
#include "experiment/experiment.h"
#include "spec/read.h"
#include "step/step.h"
#include "step/turn_start.h"

namespace dlrun {
namespace {

constexpr int64_t most_steps = 20;
constexpr double most_seconds = 1.0;

}  // namespace

Price price_of(const std::string& text, const std::string& name) {
  Recipe recipe;
  read_text(text, name, {}, recipe);
  const Experiment experiment = build(recipe, {});
  Price price;
  for (const NamedTensor& parameter : experiment.all->parameters()) price.parameters += parameter.tensor->numel();
  const std::unique_ptr<Feed> feed = experiment.feed();
  const int64_t total = feed->steps() * recipe.trainer.epochs.value_or(1);
  Step step(experiment);
  TurnStart turn_start(*experiment.all, experiment.device);
  experiment.all->set_training(true);
  feed->seek(0);
  double seconds = 0.0;
  int64_t done = 0;
  for (int64_t i = 0; i <= most_steps && seconds < most_seconds; ++i) {
    const double start = monotonic_seconds();
    const Batch batch = experiment.place(feed->next());
    const std::vector<Part> parts = parts_of(recipe, batch);
    turn_start.take();
    const Outcome outcome = step.learn(0, parts, i);
    const TurnNumbers numbers = step.limit(0, outcome);
    step.update(0, Setting{recipe.optimizer->lr, {}}, numbers.loss, {parts, i, turn_start});
    if (i == 0) continue;  // What is made once is no part of the price.
    seconds += monotonic_seconds() - start;
    ++done;
  }
  price.seconds = seconds / static_cast<double>(std::max<int64_t>(1, done)) * static_cast<double>(total);
  return price;
}

}  // namespace dlrun
