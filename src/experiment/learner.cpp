// What one player of a task learns with.

#include "experiment/learner.h"

#include "base/error.h"

namespace dlrun {

std::vector<ParameterSlot> trained_parameters(const Player& player) {
  std::vector<ParameterSlot> slots;
  for (const NamedTensor& parameter : player.module->parameters())
    if (parameter.tensor->requires_grad()) slots.push_back({parameter.name, parameter.tensor});
  if (slots.empty())
    throw UserError(ExitCode::bad_recipe, "architecture.freeze: nothing is left to train" +
                                              (player.name.empty() ? "" : " in the " + player.name));
  return slots;
}

}  // namespace dlrun
