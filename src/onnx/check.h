// What every ONNX model must keep, whoever made it: names, scopes, order.

#pragma once

#include <string>

#include "onnx/model.h"

namespace dlrun {

// The first rule the model breaks, with the place; empty when it keeps them all: every value has one name and one maker
// (a name may be used again inside a subgraph), nodes come after those they take from, subgraphs see the values made
// before their node, outputs exist, attributes of a node have different names, domains that are used have an opset.
std::string problem_of(const OnnxModel& model);

}  // namespace dlrun
