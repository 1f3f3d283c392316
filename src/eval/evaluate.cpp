// One pass over held-out data, without gradients.

#include "eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "data/own_targets.h"
#include "dist/group.h"
#include "step/step.h"
#include "tensor/read_numbers.h"

namespace dlrun {
namespace {

struct Sums {
  double loss = 0.0, weight = 0.0, ignored = 0.0;
  Results parts = {};  // of the loss
};

// Adds up what the loss is a sum of, by its weight.
void add_parts(Results& sums, const Outcome& outcome, std::span<const double> numbers, double weight) {
  if (sums.empty())
    for (const auto& [name, value] : outcome.parts) sums.emplace_back(name, 0.0);
  if (weight > 0)
    for (size_t i = 0; i < sums.size(); ++i) sums[i].second += numbers[i] * weight;
}

// What all processes found, on each of them.
void join_ranks(Group& group, const ChoiceList<Metric>& metrics, Sums& found,
                std::vector<std::vector<at::Tensor>>& kept) {
  std::vector<double> numbers = {found.loss, found.weight, found.ignored};
  for (const auto& [name, sum] : found.parts) numbers.push_back(sum);
  at::Tensor sums = at::tensor(numbers, at::kDouble);
  group.add(sums);
  found.loss = sums[0].item<double>();
  found.weight = sums[1].item<double>();
  found.ignored = sums[2].item<double>();
  for (size_t i = 0; i < found.parts.size(); ++i)
    found.parts[i].second = sums[static_cast<int64_t>(i) + 3].item<double>();
  for (size_t k = 0; k < kept.size(); ++k)
    for (at::Tensor& piece : kept[k])
      if (metrics[k].merge() == Metric::Merge::add)
        group.add(piece);
      else
        piece = group.append(piece);
}

}  // namespace

Results evaluate(const Experiment& experiment, Loader& loader, const EvaluateOptions& options) {
  const Recipe& recipe = experiment.recipe;
  c10::NoGradGuard no_gradients;
  experiment.all->set_training(false);
  Sums found;
  std::vector<std::vector<at::Tensor>> kept(recipe.metrics.size());
  const int64_t total =
      options.limit_batches < 0 ? loader.batches() : std::min(loader.batches(), options.limit_batches);
  bool interrupted = false;
  loader.seek(0);
  for (int64_t i = 0; i < total && !interrupted; ++i) {
    const Batch batch = experiment.place(*loader.next());
    if (batch.count == 0) continue;  // Its few samples are with other processes.
    const Outcome outcome = forward_held_out(experiment, batch);
    std::vector<at::Tensor> asked = {outcome.loss.mean, outcome.loss.weight};
    for (const auto& [name, value] : outcome.parts) asked.push_back(value);
    if (outcome.ignored.defined()) asked.push_back(outcome.ignored);
    const std::vector<double> numbers = read_numbers(asked);
    if (!std::isfinite(numbers[0]) && options.not_finite) options.not_finite(batch);
    if (numbers[1] > 0) found.loss += numbers[0] * numbers[1];
    found.weight += numbers[1];
    add_parts(found.parts, outcome, std::span(numbers).subspan(2), numbers[1]);
    if (outcome.ignored.defined()) found.ignored += numbers.back();
    if (outcome.comparable()) {
      if (i == 0) require_suitable(recipe.metrics, outcome.answer, outcome.truth);
      for (size_t k = 0; k < kept.size(); ++k)
        join(recipe.metrics[k].merge(), kept[k], recipe.metrics[k].measure(outcome.answer, outcome.truth));
      if (options.measured) options.measured(outcome);
    }
    if (options.progress) options.progress(i + 1, total);
    interrupted = options.interrupted && options.interrupted();
  }
  experiment.all->set_training(true);
  if (interrupted || total == 0) return {};
  if (loader.shared()) join_ranks(*experiment.sharers, recipe.metrics, found, kept);
  if (found.ignored > 0 && options.ignored) options.ignored(static_cast<int64_t>(found.ignored));
  const double mean = found.loss / found.weight;
  Results results = {{"loss", mean}};
  for (const auto& derived : recipe.task->derived(mean)) results.push_back(derived);
  for (const auto& [name, sum] : found.parts) results.emplace_back(name, sum / found.weight);
  for (size_t k = 0; k < kept.size(); ++k) {
    if (kept[k].empty()) continue;
    for (const auto& result : recipe.metrics[k].values(kept[k])) results.push_back(result);
    if (options.table)
      for (const ResultTable& table : recipe.metrics[k].tables(kept[k])) options.table(table);
  }
  return results;
}

bool holds_answers(const Split& samples) {
  const int64_t first = 0;
  const Batch sample = samples.gather(std::span(&first, 1));
  return std::ranges::any_of(sample.items(), [](const Batch::Item& item) { return is_target_field(item.name); });
}

}  // namespace dlrun
