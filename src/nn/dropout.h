// Dropout: zeroes units at random while training and scales the others up (Srivastava et al. 2014).

#pragma once

#include "nn/layer.h"
#include "tensor/dropout.h"

namespace dlrun {

// Architectures place one wherever dropout is usual, also with p = 0, so that a recipe's regularization.dropout can set
// them all. Draws from ATen's default generator; p = 0 draws nothing.
class Dropout final : public Layer {
 public:
  explicit Dropout(double probability) : p(probability) {}
  at::Tensor compute(const at::Tensor& input) override {
    return training() && p > 0 ? dlrun::dropout(input, p) : input;
  }

  double p;  // chance of zeroing a unit
};

}  // namespace dlrun
