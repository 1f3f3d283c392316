// Changing models so that most of what comes out is a model still.

#pragma once

#include <string>

#include "bytes.h"

namespace dlrun::fuzz {

// The ONNX model in these bytes with one to three changes: of tensors, attributes, wiring, operators, or with a node
// again or in a loop. Empty where the bytes are no model, or the changed one would be none.
std::string mutated_model(Bytes bytes, unsigned seed);

}  // namespace dlrun::fuzz
