// The learning-rate range test.

#include "train/rate_range.h"

#include <algorithm>
#include <cmath>

#include "base/long_work.h"
#include "base/signals.h"
#include "step/step.h"

namespace dlrun {
namespace {

constexpr double memory_of_loss = 0.9;  // of the running mean, for each step
constexpr double breaks_out = 4.0;      // times the lowest smoothed loss
constexpr int64_t first_steps = 10;     // in which the running mean says little

}  // namespace

std::optional<double> RateRange::proposed() const {
  if (!lowest) return {};
  return points[*lowest].rate / 10;
}

void read_curve(RateRange& range) {
  range.steepest.reset();
  range.lowest.reset();
  const std::vector<RatePoint>& points = range.points;
  const auto first = static_cast<size_t>(std::min<int64_t>(first_steps, static_cast<int64_t>(points.size())));
  double fall = 0.0;
  for (size_t i = first; i < points.size(); ++i) {
    const double slope = points[i].smoothed - points[i - 1].smoothed;  // the rate's logarithm rises evenly
    if (slope < fall) {
      fall = slope;
      range.steepest = i;
    }
    if (points[i].smoothed < points[range.lowest.value_or(first)].smoothed) range.lowest = i;
  }
  if (!range.steepest || !range.lowest) range.steepest = range.lowest = {};
}

RateRange test_rates(const Experiment& experiment, const RateSweep& sweep) {
  experiment.all->set_training(true);
  Step step(experiment);
  TurnStart start(*experiment.all, experiment.device);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  RateRange range;
  LongWork work("trying learning rates", sweep.steps);
  const double factor = std::pow(sweep.to / sweep.from, 1.0 / static_cast<double>(sweep.steps - 1));
  double sum = 0.0, weight = 0.0, least = 0.0;
  for (int64_t i = 0; i < sweep.steps && !range.broke_out && stop_requested() == 0; ++i) {
    const double rate = sweep.from * std::pow(factor, static_cast<double>(i));
    const Batch batch = experiment.place(feed->next());
    const std::vector<Part> parts = parts_of(experiment.recipe, batch);
    std::optional<double> loss;  // of the first player that learns
    for (size_t player = 0; player < step.players() && !range.broke_out; ++player) {
      if (!step.due(player, i)) continue;
      start.take();
      const TurnNumbers numbers = step.limit(player, step.learn(player, parts, i));
      range.broke_out = !numbers.finite || step.update(player, {.lr = rate}, numbers.loss, {parts, i, start});
      if (!loss) loss = numbers.loss;
    }
    if (!range.broke_out) step.finish(i + 1);
    if (!loss || !std::isfinite(*loss)) continue;
    sum = memory_of_loss * sum + (1 - memory_of_loss) * *loss;
    weight = memory_of_loss * weight + (1 - memory_of_loss);
    const double smoothed = sum / weight;
    range.points.push_back({rate, *loss, smoothed});
    least = range.points.size() == 1 ? smoothed : std::min(least, smoothed);
    // Losses that may be below 0 are never four times another one: there the whole sweep counts.
    if (i >= first_steps && least > 0 && smoothed > breaks_out * least) range.broke_out = true;
    work.done();
  }
  read_curve(range);
  return range;
}

}  // namespace dlrun
