// When stochastic weight averaging takes weights, and the learning rate meanwhile.

#include "step/swa.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dlrun {

int64_t swa_start(const Swa& swa, const TrainingSpan& span) {
  return static_cast<int64_t>(std::ceil(swa.start * static_cast<double>(span.total_steps)));
}

bool swa_takes(const Swa& swa, const TrainingSpan& span, int64_t step) {
  const int64_t every = swa.every_n_steps.value_or(std::max<int64_t>(1, span.steps_per_epoch));
  return step > swa_start(swa, span) && step % every == 0;
}

double swa_rate(const Swa& swa, const TrainingSpan& span, double at_start, int64_t step) {
  const int64_t annealing = std::max<int64_t>(1, swa.anneal_epochs * span.steps_per_epoch);
  const double done =
      std::clamp(static_cast<double>(step - swa_start(swa, span)) / static_cast<double>(annealing), 0.0, 1.0);
  const double share = swa.anneal_strategy == "cos" ? (1.0 - std::cos(std::numbers::pi * done)) / 2.0 : done;
  return *swa.lr * share + at_start * (1.0 - share);
}

}  // namespace dlrun
