// Weight decay in either way, for optimizers that leave the choice to the recipe.

#pragma once

#include <vector>

#include "optim/optimizer.h"

namespace dlrun {

struct EitherDecay {
  bool decoupled_weight_decay = false;

  // The sentence about weight_decay.
  static constexpr const char* sentence =
      "This times the weight is added to the gradient (coupled), or with decoupled_weight_decay the weights shrink by "
      "this, per step and unit of learning rate.";

  void add_field(std::vector<Field>& fields) {
    fields.push_back(field("decoupled_weight_decay", decoupled_weight_decay,
                           "Shrink the weights themselves, as AdamW does, and leave the gradient alone."));
  }

  void apply(const Update& update) const {
    if (update.weight_decay == 0) return;
    if (decoupled_weight_decay)
      update.parameters.mul_(1 - update.lr * update.weight_decay);
    else
      update.gradients.add_(update.parameters, update.weight_decay);
  }
};

}  // namespace dlrun
