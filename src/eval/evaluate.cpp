// One pass over held-out data, without gradients.

#include "eval/evaluate.h"

#include <cmath>

#include "dist/group.h"
#include "step/step.h"
#include "tensor/read_numbers.h"

namespace dlrun {
namespace {

struct Sums {
  double loss = 0.0, weight = 0.0, ignored = 0.0;
};

// What all processes found, on each of them.
void join_ranks(Group& group, const ChoiceList<Metric>& metrics, Sums& found,
                std::vector<std::vector<at::Tensor>>& kept) {
  at::Tensor sums = at::tensor({found.loss, found.weight, found.ignored}, at::kDouble);
  group.add(sums);
  found = {sums[0].item<double>(), sums[1].item<double>(), sums[2].item<double>()};
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
    if (outcome.ignored.defined()) asked.push_back(outcome.ignored);
    const std::vector<double> numbers = read_numbers(asked);
    if (!std::isfinite(numbers[0]) && options.not_finite) options.not_finite(batch);
    if (numbers[1] > 0) found.loss += numbers[0] * numbers[1];
    found.weight += numbers[1];
    if (outcome.ignored.defined()) found.ignored += numbers[2];
    if (outcome.comparable()) {
      if (i == 0) require_suitable(recipe.metrics, outcome.answer, outcome.truth);
      for (size_t k = 0; k < kept.size(); ++k)
        join(recipe.metrics[k].merge(), kept[k], recipe.metrics[k].measure(outcome.answer, outcome.truth));
    }
    if (options.progress) options.progress(i + 1, total);
    interrupted = options.interrupted && options.interrupted();
  }
  experiment.all->set_training(true);
  if (interrupted || total == 0) return {};
  if (loader.shared()) join_ranks(*experiment.group, recipe.metrics, found, kept);
  if (found.ignored > 0 && options.ignored) options.ignored(static_cast<int64_t>(found.ignored));
  const double mean = found.loss / found.weight;
  Results results = {{"loss", mean}};
  for (const auto& derived : recipe.task->derived(mean)) results.push_back(derived);
  for (size_t k = 0; k < kept.size(); ++k)
    if (!kept[k].empty())
      for (const auto& result : recipe.metrics[k].values(kept[k])) results.push_back(result);
  return results;
}

}  // namespace dlrun
