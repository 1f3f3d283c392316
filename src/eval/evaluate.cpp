// One pass over held-out data, without gradients.

#include "eval/evaluate.h"

#include <cmath>

namespace dlrun {

Results evaluate(const Experiment& experiment, Loader& loader, const EvaluateOptions& options) {
  const Recipe& recipe = experiment.recipe;
  c10::NoGradGuard no_gradients;
  experiment.network->set_training(false);
  double loss = 0.0, weight = 0.0;
  std::vector<at::Tensor> sums(recipe.metrics.size());
  const int64_t total =
      options.limit_batches < 0 ? loader.batches() : std::min(loader.batches(), options.limit_batches);
  bool interrupted = false;
  loader.seek(0);
  for (int64_t i = 0; i < total && !interrupted; ++i) {
    const Batch batch = experiment.place(*loader.next());
    const Outcome outcome = recipe.task->evaluate(*experiment.network, *recipe.loss, batch);
    const double batch_loss = outcome.loss.item<double>();
    if (!std::isfinite(batch_loss) && options.not_finite) options.not_finite(i, batch);
    loss += batch_loss * outcome.weight;
    weight += outcome.weight;
    if (outcome.prediction.defined()) {
      if (i == 0) require_suitable(recipe.metrics, outcome.prediction, outcome.target);
      for (size_t k = 0; k < sums.size(); ++k) {
        const at::Tensor added = recipe.metrics[k].sums(outcome.prediction, outcome.target);
        sums[k] = sums[k].defined() ? sums[k] + added : added;
      }
    }
    if (options.progress) options.progress(i + 1, total);
    interrupted = options.interrupted && options.interrupted();
  }
  experiment.network->set_training(true);
  if (interrupted || total == 0) return {};
  const double mean = loss / weight;
  Results results = {{"loss", mean}};
  for (const auto& derived : recipe.task->derived(mean)) results.push_back(derived);
  for (size_t k = 0; k < sums.size(); ++k)
    if (sums[k].defined()) results.emplace_back(recipe.metrics.values[k].type, recipe.metrics[k].value(sums[k]));
  return results;
}

}  // namespace dlrun
