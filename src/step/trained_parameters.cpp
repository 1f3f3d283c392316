// Which parameters a run trains.

#include "step/trained_parameters.h"

#include "base/error.h"

namespace dlrun {

std::vector<std::vector<ParameterSlot>> trained_parameters(const Recipe& recipe, Network& network) {
  std::vector<std::vector<ParameterSlot>> by_player;
  std::vector<std::string> names;
  for (const Player& player : recipe.task->players(network)) {
    const std::string& path = player.module->path();
    std::vector<ParameterSlot> slots;
    for (const NamedTensor& parameter : player.module->parameters()) {
      if (!parameter.tensor->requires_grad()) continue;
      slots.push_back({path.empty() ? parameter.name : path + "." + parameter.name, parameter.tensor});
      names.push_back(slots.back().name);
    }
    if (slots.empty())
      throw UserError(ExitCode::bad_recipe, "architecture.freeze: nothing is left to train" +
                                                (player.name.empty() ? "" : " in the " + player.name));
    by_player.push_back(std::move(slots));
  }
  require_matches(*recipe.optimizer, names);
  return by_player;
}

}  // namespace dlrun
