// How scores of classes become probabilities, by what a loss taught them to be.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

enum class Chances {
  softmax,  // one class of all: they add up to 1
  sigmoid,  // each class against the rest
};

// scores [..., classes] -> their probabilities, of the same shape; [..., 1] of two classes -> [..., 2].
at::Tensor probabilities(const at::Tensor& scores, Chances chances);

}  // namespace dlrun
