// The tap: every operator that runs inside a scope, above autograd, at the level people think in.

#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace c10 {
struct FunctionSchema;  // <ATen/core/function_schema.h>: its name, arguments and results
}

namespace dlrun {

// One call of an operator, after it returned. What it changed in place is seen changed, also among its arguments.
struct TappedCall {
  const c10::FunctionSchema* schema;   // of the operator; lives as long as the process
  std::vector<c10::IValue> arguments;  // all of them, in the schema's order
  std::vector<c10::IValue> results;
  std::string module;       // path of the innermost module that ran: "features.0.1"; "" outside of modules
  std::string gradient_of;  // in a backward pass: the forward operator whose gradient this is part of
  bool backward = false;    // called by a backward pass; `module` is then where the forward operator ran

  std::string name() const;                // "aten::conv2d"
  std::vector<at::Tensor> inputs() const;  // tensor arguments, lists unfolded, in order
  std::vector<at::Tensor> outputs() const;
};

using TapReader = std::function<void(const TappedCall&)>;

// Runs `work` and tells `reader` of every operator that this thread, or a backward pass it starts, calls. Composite
// operators (conv2d, linear) count as one call: what they call themselves is not seen. What the reader calls is not
// seen either. One tap at a time in a process. Numbers and gradients are the same as without a tap.
void tap(const std::function<void()>& work, const TapReader& reader);

// The same, all calls kept: so are their tensors.
std::vector<TappedCall> tap(const std::function<void()>& work);

// What else a tap can be asked for. What these functions call is not seen.
struct TapOptions {
  // May change the arguments before the operator runs.
  std::function<void(const c10::FunctionSchema& schema, std::span<c10::IValue> arguments)> prepare = nullptr;
  // Told of the call an exception left, without results, before the exception goes on.
  TapReader failed = nullptr;
};
void tap(const std::function<void()>& work, const TapReader& reader, const TapOptions& options);

}  // namespace dlrun
