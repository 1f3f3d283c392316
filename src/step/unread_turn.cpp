// A turn in which nobody looks at a number.

#include <fmt/format.h>

#include "step/limits.h"
#include "step/step.h"

namespace dlrun {

UnreadTurn Step::turn_unread(size_t player, std::span<const Part> parts, int64_t step) {
  FlatParameters& parameters = *learners_[player].parameters;
  UnreadTurn turn{learn(player, parts, step), {}};
  penalise(player);
  const at::Tensor& loss = turn.outcome.loss.mean;
  const at::Tensor flawed = limit_unread(loss, parameters, experiment_.recipe.regularization.gradient_clipping);
  parameters.step_unread(flawed);
  hold_norms(player);
  std::vector<at::Tensor> numbers = {loss, turn.outcome.loss.weight, flawed};
  for (const auto& [name, value] : turn.outcome.parts) numbers.push_back(value);
  for (at::Tensor& number : numbers) number = number.detach().reshape({}).to(loss.device(), at::kDouble);
  turn.numbers = at::stack(numbers);
  return turn;
}

TurnNumbers Step::read(size_t player, const UnreadTurn& turn) {
  const at::Tensor read = turn.numbers.cpu();
  const double* first = read.const_data_ptr<double>();
  TurnNumbers numbers{first[0], first[1], {first + 3, first + read.numel()}, first[2] == 0.0};
  if (numbers.finite) learners_[player].parameters->count_step();
  return numbers;
}

std::string Step::unrecordable() const {
  const Recipe& recipe = experiment_.recipe;
  if (experiment_.group->size() > 1) return "several processes meet in the middle of a step";
  if (!recipe.optimizer->reads_rate())
    return fmt::format("optimizer.type: {} takes its learning rate from the CPU (adam, adamw, sgd, adagrad do not)",
                       recipe.optimizer.type);
  if (learned_) return "optimizer.sam takes gradients twice in a step";
  if (scale_) return "hardware.precision: 16-mixed scales the loss by what the last step gave";
  if (recipe.regularization.gradient_noise) return "regularization.gradient_noise is drawn by the CPU";
  return "";
}

}  // namespace dlrun
