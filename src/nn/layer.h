// Modules that make one tensor of what they are given.

#pragma once

#include <ATen/ATen.h>

#include "nn/module.h"

namespace dlrun {

// Others call forward(); a module of this kind writes compute().
template <class... Inputs>
class ModuleOf : public Module {
 public:
  at::Tensor forward(const Inputs&... inputs) {
    return pass([this](const Inputs&... given) { return compute(given...); }, inputs...);
  }
  bool passes() const override { return true; }

 protected:
  virtual at::Tensor compute(const Inputs&... inputs) = 0;
};

// One tensor in, one tensor out. Works for any memory format (contiguous, channels_last) and keeps it.
using Layer = ModuleOf<at::Tensor>;

}  // namespace dlrun
