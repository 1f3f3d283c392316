// Tensors with names: what modules hand out and weight files hold.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

namespace dlrun {

// A parameter or buffer by its full dotted name. `tensor` points at the member that holds it, so that storage can be
// moved (to another device, into a flat buffer) under a module that does not know.
struct NamedTensor {
  std::string name;
  at::Tensor* tensor;
};

// Values by name, in order.
using TensorList = std::vector<std::pair<std::string, at::Tensor>>;

}  // namespace dlrun
