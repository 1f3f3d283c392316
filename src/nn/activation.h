// Nonlinearities by the name a recipe gives them.

#pragma once

#include <string>

#include "nn/layer.h"
#include "spec/field.h"

namespace dlrun {

// May overwrite its argument, so that must be a fresh result nobody else reads (that of a linear layer, a norm).
using ActivationFunction = at::Tensor (*)(const at::Tensor&);

// relu, leaky_relu (slope 0.01), gelu (by the error function), gelu_tanh (its approximation, GPT-2's gelu_new), silu,
// tanh, sigmoid, elu.
Rule activation_choice();
ActivationFunction activation(const std::string& name);

class Activation final : public Layer {
 public:
  explicit Activation(const std::string& name) : function_(activation(name)) {}
  at::Tensor compute(const at::Tensor& input) override { return function_(input); }
  bool is_relu() const { return function_ == activation("relu"); }

 private:
  ActivationFunction function_;
};

}  // namespace dlrun
