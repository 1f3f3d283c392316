// What stands in front of a network in an exported file, and the same file without it.

#pragma once

#include <string_view>
#include <vector>

#include "onnx/model.h"

namespace dlrun {

// Nodes that make what the network takes of what the data hold: their names begin so.
inline constexpr std::string_view front_prefix = "/preprocessing/";
// Nodes that answer NaN instead, Where(condition, NaN, answer), where what was given has no meaning.
inline constexpr std::string_view guard_prefix = "/guard/";

// The model without both: what the front gave becomes an input, of no stated type and shape.
OnnxModel without_front(OnnxModel model);

// Takes the nodes LabelEncoder (ai.onnx.ml, strings to int64) out of a model, in their order: their answers become
// inputs, and the strings they took are inputs no more. The evaluator has no strings; whoever runs the rest gives it
// labels_of() instead.
std::vector<OnnxNode> take_label_encoders(OnnxModel& model);
// What such a node answers to strings: int64 [n, 1].
at::Tensor labels_of(const OnnxNode& encoder, const std::vector<std::string>& cells);

}  // namespace dlrun
