// A layer: one tensor in, one tensor out.

#pragma once

#include <ATen/ATen.h>

#include "nn/module.h"

namespace dlrun {

// Works for any memory format (contiguous, channels_last) and keeps it.
class Layer : public Module {
 public:
  virtual at::Tensor forward(const at::Tensor& input) = 0;
};

}  // namespace dlrun
