// What a training step really takes here.

#include "rehearsal/measured_step.h"

#include <algorithm>
#include <chrono>

#include "rehearsal/rehearsal.h"
#include "step/step.h"

namespace dlrun {
namespace {

constexpr int least_steps = 5, most_steps = 50;
constexpr double enough_seconds = 2.0;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Forwarded final : StepWatcher {
  double at = 0.0;
  void forwarded(const Outcome& outcome) override {
    outcome.loss.mean.item<double>();  // A device computes behind our back.
    at = now();
  }
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

DeviceStep measured_step(const Experiment& experiment, int64_t rows) {
  experiment.all->set_training(true);
  Step step(experiment);
  TurnStart start(*experiment.all, experiment.device);
  const Batch batch = sample_batch(experiment, rows, true);
  const std::vector<Part> part = {{{0, batch.count}, batch}};
  std::vector<double> forward, backward, update;
  const double begun = now();
  for (int i = 0; i < least_steps || (i < most_steps && now() - begun < enough_seconds); ++i) {
    DeviceStep took;
    for (size_t player = 0; player < step.players(); ++player) {
      start.take();
      Forwarded watcher;
      const double first = now();
      const Outcome outcome = step.learn(player, part, i, &watcher);
      const TurnNumbers numbers = step.limit(player, outcome);
      const double learned = now();
      step.update(player, {.lr = experiment.recipe.optimizer->lr}, numbers.loss, {part, i, start});
      took.forward += watcher.at - first;
      took.backward += learned - watcher.at;
      took.update += now() - learned;
    }
    step.finish(i + 1);
    if (i == 0) continue;
    forward.push_back(took.forward);
    backward.push_back(took.backward);
    update.push_back(took.update);
  }
  return {median(forward), median(backward), median(update)};
}

}  // namespace dlrun
