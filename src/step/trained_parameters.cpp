// Which parameters a run trains.

#include "step/trained_parameters.h"

#include "base/error.h"

namespace dlrun {

std::vector<std::vector<NamedTensor>> trained_parameters(const Recipe& recipe, Module& all) {
  std::vector<std::vector<NamedTensor>> by_player;
  std::vector<NamedTensor> trained;
  for (const Player& player : recipe.task->players(all)) {
    const std::string& path = player.module->path();
    std::vector<NamedTensor> slots;
    for (const NamedTensor& parameter : player.module->parameters()) {
      if (!parameter.tensor->requires_grad()) continue;
      slots.push_back({path.empty() ? parameter.name : path + "." + parameter.name, parameter.tensor});
      trained.push_back(slots.back());
    }
    if (slots.empty())
      throw UserError(ExitCode::bad_recipe, "architecture.freeze: nothing is left to train" +
                                                (player.name.empty() ? "" : " in the " + player.name));
    by_player.push_back(std::move(slots));
  }
  recipe.optimizer->check(trained);
  const Regularization& regularization = recipe.regularization;
  // An optimizer that looks for a lower loss is led astray by gradients that are not of it.
  if (recipe.optimizer->evaluates() &&
      (regularization.l1 > 0 || regularization.l2 > 0 || regularization.gradient_clipping))
    throw UserError(ExitCode::bad_recipe,
                    "regularization: " + recipe.optimizer.type +
                        " compares losses, and penalties and clipping change the gradients alone; leave l1, l2 and "
                        "gradient_clipping out, and use optimizer.weight_decay");
  if (regularization.ema && recipe.optimizer->average())
    throw UserError(ExitCode::bad_recipe, "regularization.ema: " + recipe.optimizer.type +
                                              " averages the weights itself; leave ema out, or take another optimizer");
  return by_player;
}

}  // namespace dlrun
