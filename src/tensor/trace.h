// A forward pass as values and the steps that make them: what the tap saw, with changes in place undone.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tensor/named_tensor.h"
#include "tensor/tap.h"

namespace dlrun {

// Every tensor a pass works with, and every state of one that is changed in place, is a value with a number of its own.
struct TraceValue {
  enum class Kind {
    input,      // given to the pass
    parameter,  // a weight or buffer of the network
    constant,   // made outside of the operators: `tensor` holds a copy
    result,     // of a step; `tensor` holds a copy where the step takes nothing but constants, or copies were asked for
  };
  Kind kind;
  std::string name;  // of an input or parameter
  std::vector<int64_t> sizes;
  at::ScalarType type;
  at::Tensor tensor;
};

struct TraceStep {
  TappedCall call;
  std::vector<std::vector<int>> inputs;   // values by argument, lists in order; -1 where a tensor is left out
  std::vector<std::vector<int>> outputs;  // values by result
};

// Only steps that the outputs need, in the order they ran. Values are numbered, all inputs first and the others by
// first use, so that two passes of the same steps have the same numbers.
struct Trace {
  std::vector<TraceValue> values;
  std::vector<TraceStep> steps;
  std::vector<std::pair<std::string, int>> outputs;
};

struct TraceRequest {
  TensorList inputs;
  std::vector<NamedTensor> state;  // parameters and buffers; of slots that share a tensor the first name counts
  std::function<TensorList()> forward;
  bool copies = false;  // keep a copy of every result as it was when its step returned
};

// Runs `forward` without gradients and records it. `state` may be on `meta`, with real inputs: constants that the pass
// makes for it are real all the same, and c10::NotImplementedError says that it reads values it has not. Throws
// UserError(bad_recipe) naming operator and module where a value is read after an operator changed its memory through
// another tensor, and where state is changed.
Trace record(const TraceRequest& request);

// Throws UserError(bad_recipe) naming the first operator that differs unless both passes have the same steps.
void require_same_steps(const Trace& a, const Trace& b);
// The same as a question.
bool same_steps(const Trace& a, const Trace& b);

// "aten::conv2d in features.0".
std::string place_of(const TappedCall& call);

}  // namespace dlrun
