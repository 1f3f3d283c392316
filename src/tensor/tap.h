// The tap: every operator that runs inside a scope, above autograd, at the level people think in.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

namespace dlrun {

struct TappedCall {
  std::string op;                    // "aten::conv2d"
  std::vector<at::Tensor> inputs;    // tensor arguments, lists unfolded, in order
  std::vector<at::Tensor> outputs;
};

// Runs `work` in this thread and returns the operators it called, in order. Composite operators count as one call: what
// they call themselves is not seen.
std::vector<TappedCall> tap(const std::function<void()>& work);

}  // namespace dlrun
