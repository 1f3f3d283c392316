// From recorded forward passes to an ONNX graph.

#pragma once

#include <string>
#include <vector>

#include "onnx/graph_builder.h"
#include "tensor/trace.h"

namespace dlrun {

struct LowerRequest {
  std::vector<Trace> recordings;        // of the same steps, at four sizes; of the first, `state` is stored
  std::vector<DynamicSize> dimensions;  // of the inputs
  std::vector<NamedTensor> state;       // what parameters of the recordings hold
  int64_t opset = 17;
};

struct Lowered {
  GraphBuilder builder;
  std::vector<std::string> names;  // of every value of the recordings in the graph; "" where it has none
};

// Each step by the lowering of its operator. Inputs that count and outputs keep their names, parameters become
// initializers under theirs, and every integer that differs between the recordings follows the inputs' sizes. Steps
// that take constants alone are computed now. Throws UserError(bad_recipe) naming the operator and its module where
// there is no lowering.
Lowered lower(const LowerRequest& request);

}  // namespace dlrun
