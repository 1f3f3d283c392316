// The interface of optimizers: settings from the recipe and one update over flat buffers.

#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

// Parameters that are treated unlike the others, picked by name.
struct ParameterGroup final : Params {
  std::string match;
  double lr_scale = 1.0;
  std::optional<double> weight_decay;
  std::optional<double> l1, l2;

  std::vector<Field> fields() override;
};

// One group's buffers: every tensor is float [numel] on one device, in the same order.
struct FlatUpdate {
  at::Tensor parameters;
  at::Tensor gradients;
  std::vector<at::Tensor>* state;  // as many as Optimizer::state_names() names
  at::Tensor step;                 // float scalar, updates done including this one, from 1
  double lr = 0.0;
  double weight_decay = 0.0;
};

struct Optimizer : Params {
  static constexpr const char* kind = "optimizer";
  double lr;
  double weight_decay = 0.0;
  bool decay_norm_and_bias = false;
  List<ParameterGroup> groups;

  explicit Optimizer(double lr) : lr(lr) {}
  // Tensors kept for each parameter, under the names of torch.optim.
  virtual std::vector<std::string> state_names() const = 0;
  // Changes parameters and state in one pass.
  virtual void update(const FlatUpdate& update) const = 0;

 protected:
  // The fields above; each optimizer puts them first.
  std::vector<Field> common_fields();
};

}  // namespace dlrun
