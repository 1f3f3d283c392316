// Which parameters a run trains.

#include "step/trained_parameters.h"

#include <algorithm>

#include "base/error.h"
#include "optim/whole_parameters.h"

namespace dlrun {
namespace {

// Whether each number's update depends on that number alone.
bool cuttable(const Optimizer& optimizer, const std::vector<NamedTensor>& parameters) {
  if (optimizer.average() || optimizer.evaluates() || dynamic_cast<const WholeParameters*>(&optimizer)) return false;
  for (const NamedTensor& parameter : parameters)
    for (const Kept& kept : optimizer.keeps(parameter.name, parameter.tensor->sizes()))
      if (parameter.tensor->sizes() != kept.sizes) return false;
  return true;
}

}  // namespace

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
  if (recipe.optimizer->evaluates() && (regularization.l1 > 0 || regularization.l2 > 0 ||
                                        regularization.gradient_clipping || regularization.gradient_noise))
    throw UserError(ExitCode::bad_recipe,
                    "regularization: " + recipe.optimizer.type +
                        " compares losses, and penalties, clipping and noise change the gradients alone; leave l1, l2, "
                        "gradient_clipping and gradient_noise out, and use optimizer.weight_decay");
  if (recipe.hardware.strategy == "zero1" && !cuttable(*recipe.optimizer, trained))
    throw UserError(ExitCode::bad_recipe, "hardware.strategy: zero1 cuts the optimizer's memory anywhere, and " +
                                              recipe.optimizer.type +
                                              " looks at more than single numbers of it; give ddp, or an optimizer "
                                              "that treats each number by itself: adamw, sgd, lion");
  if ((regularization.ema || regularization.swa) && recipe.optimizer->average())
    throw UserError(ExitCode::bad_recipe, std::string("regularization.") + (regularization.ema ? "ema: " : "swa: ") +
                                              recipe.optimizer.type + " averages the weights itself; leave " +
                                              (regularization.ema ? "ema" : "swa") + " out, or take another optimizer");
  return by_player;
}

int64_t begins_at(const Unfreeze& entry, const TrainingSpan& span) {
  return entry.step.value_or(entry.epoch.value_or(0) * span.steps_per_epoch);
}

std::vector<LateParameters> late_parameters(const Experiment& experiment,
                                            const std::vector<std::vector<NamedTensor>>& slots) {
  const TrainerSettings& trainer = experiment.recipe.trainer;
  std::vector<LateParameters> late;
  for (size_t i = 0; i < trainer.unfreeze.size(); ++i) {
    const Unfreeze& entry = trainer.unfreeze[i];
    late.push_back({std::regex(entry.match), 0});
    bool any = false;
    for (const auto& player : slots)
      for (const NamedTensor& slot : player) any = any || std::regex_search(slot.name, late.back().match);
    if (!any)
      throw UserError(ExitCode::bad_recipe, "trainer.unfreeze." + std::to_string(i) + ".match: \"" + entry.match +
                                                "\" matches no parameter that is trained");
    late.back().step = begins_at(entry, trainer.span(experiment.feed()->steps()));
  }
  return late;
}

}  // namespace dlrun
