// What a training is too short for.

#include "optim/unreached.h"

#include <fmt/format.h>

namespace dlrun {

std::vector<std::string> unreached_epochs(const std::string& key, double epochs, const TrainingSpan& rest) {
  // What happens at the end of the last step happens to no step.
  const double needed = epochs * static_cast<double>(rest.steps_per_epoch);
  if (needed < static_cast<double>(rest.total_steps)) return {};
  return {
      fmt::format("lr_scheduler.{}: epoch {:g} after the warm-up is never over before the last step: the training "
                  "has {} steps after the warm-up, {} of them an epoch",
                  key, epochs, rest.total_steps, rest.steps_per_epoch)};
}

}  // namespace dlrun
