// What all optimizers share: learning rate, weight decay, groups of parameters, and state by name.

#include "optim/optimizer.h"

#include <algorithm>
#include <regex>

#include "base/error.h"

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

bool OptimizerState::has(std::string_view name) const {
  return std::any_of(tensors_.begin(), tensors_.end(), [&](const auto& entry) { return entry.first == name; });
}

const at::Tensor& OptimizerState::operator[](std::string_view name) const {
  for (const auto& [key, tensor] : tensors_)
    if (key == name) return tensor;
  TORCH_CHECK(false, "no optimizer state \"", name, "\"");
}

std::vector<Field> Optimizer::common_fields(std::string decay) {
  return {
      field("lr", lr, "Learning rate, before the schedule.", more_than(0)),
      field("weight_decay", weight_decay, std::move(decay), at_least(0)),
      field("decay_norm_and_bias", decay_norm_and_bias,
            "Weight decay also on parameters of one dimension: biases, scales of normalisation layers."),
      field("layer_decay", layer_decay,
            "Factor on the learning rate for each layer that is further from the output (layer-wise decay; 0.65 to 0.9 "
            "to fine-tune).",
            more_than(0), at_most(1)),
      field("sam", sam, "Sharpness-aware minimisation around this optimizer; a step takes twice as long."),
      field("groups", groups, "Parameters treated unlike the others; the first match counts."),
  };
}

void Optimizer::check(const std::vector<NamedTensor>& parameters) const {
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::regex expression(groups[i].match);
    if (std::none_of(parameters.begin(), parameters.end(),
                     [&](const NamedTensor& parameter) { return std::regex_search(parameter.name, expression); }))
      throw UserError(ExitCode::bad_recipe, "optimizer.groups." + std::to_string(i) + ".match: \"" + groups[i].match +
                                                "\" matches no parameter");
  }
}

bool Optimizer::step(std::span<const Update> groups, double, const Evaluate&) const {
  for (const Update& group : groups) update(group);
  return true;
}

std::vector<Kept> like_parameter(std::initializer_list<const char*> names, at::IntArrayRef sizes) {
  std::vector<Kept> kept;
  for (const char* name : names) kept.push_back({name, sizes.vec()});
  return kept;
}

}  // namespace dlrun
