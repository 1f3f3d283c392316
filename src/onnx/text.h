// Values of a model as messages name them.

#pragma once

#include <string>

#include "onnx/model.h"

namespace dlrun {

std::string type_text(const OnnxValueInfo& info);   // "Float"; "?" where it is not said
std::string shape_text(const OnnxValueInfo& info);  // "[batch, 3, ?, 28]"; "?" where it is not said

}  // namespace dlrun
