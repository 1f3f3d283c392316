// Which layer of its network a parameter is in, for a learning rate that falls from the output to the input.

#pragma once

#include <cstdint>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

// The layer of each parameter, from 0, in the order the network has them. A layer is what has the same name up to its
// first number ("blocks.3", "encoder_layer_3"), or the same module where there is none ("stem"), and begins with a
// weight of two or more dimensions: norms and what else comes without one belong to the layer before, at the start to
// the one after. So do tensors of a module that holds layers (a class token, positions).
std::vector<int64_t> layers_of(const std::vector<NamedTensor>& parameters);

}  // namespace dlrun
