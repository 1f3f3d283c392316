// One pass over held-out data, without gradients.

#include "eval/evaluate.h"

#include <cmath>

#include "step/step.h"
#include "tensor/read_numbers.h"

namespace dlrun {

Results evaluate(const Experiment& experiment, Loader& loader, const EvaluateOptions& options) {
  const Recipe& recipe = experiment.recipe;
  c10::NoGradGuard no_gradients;
  experiment.all->set_training(false);
  double loss = 0.0, weight = 0.0;
  std::vector<std::vector<at::Tensor>> kept(recipe.metrics.size());
  const int64_t total =
      options.limit_batches < 0 ? loader.batches() : std::min(loader.batches(), options.limit_batches);
  bool interrupted = false;
  loader.seek(0);
  for (int64_t i = 0; i < total && !interrupted; ++i) {
    const Batch batch = experiment.place(*loader.next());
    const Outcome outcome = forward_held_out(experiment, batch);
    const std::vector<double> numbers = read_numbers({outcome.loss.mean, outcome.loss.weight});
    if (!std::isfinite(numbers[0]) && options.not_finite) options.not_finite(batch);
    if (numbers[1] > 0) loss += numbers[0] * numbers[1];
    weight += numbers[1];
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
  const double mean = loss / weight;
  Results results = {{"loss", mean}};
  for (const auto& derived : recipe.task->derived(mean)) results.push_back(derived);
  for (size_t k = 0; k < kept.size(); ++k)
    if (!kept[k].empty())
      for (const auto& result : recipe.metrics[k].values(kept[k])) results.push_back(result);
  return results;
}

}  // namespace dlrun
