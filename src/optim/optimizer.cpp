// What all optimizers share: learning rate, weight decay and groups of parameters.

#include "optim/optimizer.h"

namespace dlrun {

std::vector<Field> ParameterGroup::fields() {
  return {
      field("match", match, "Regular expression (ECMAScript) found in the parameter's full name.", required(),
            not_empty(), is_expression()),
      field("lr_scale", lr_scale, "Factor on the learning rate; 0 freezes the parameters.", at_least(0)),
      field("weight_decay", weight_decay, "Weight decay of these parameters instead of the optimizer's.", at_least(0)),
      field("l1", l1, "L1 penalty of these parameters instead of regularization.l1.", at_least(0)),
      field("l2", l2, "L2 penalty of these parameters instead of regularization.l2.", at_least(0)),
  };
}

std::vector<Field> Optimizer::common_fields() {
  return {
      field("lr", lr, "Learning rate, before the schedule.", more_than(0)),
      field("weight_decay", weight_decay, "Pull of the weights towards zero, per step and unit of learning rate.",
            at_least(0)),
      field("decay_norm_and_bias", decay_norm_and_bias,
            "Weight decay also on parameters of one dimension: biases, scales of normalisation layers."),
      field("groups", groups, "Parameters treated unlike the others; the first match counts."),
  };
}

}  // namespace dlrun
