// What takes the place of the tensors that operators keep for their gradients.

#pragma once

#include <memory>

#include <torch/csrc/autograd/saved_variable_hooks.h>

namespace dlrun {

// Is asked by every operator of a thread that keeps a tensor for its gradient, for what is to be kept instead.
class SavedTensors {
 public:
  virtual ~SavedTensors() = default;
  virtual std::unique_ptr<torch::autograd::SavedVariableHooks> hook() = 0;
};

// From now on this thread's operators ask `one`; null: they keep their tensors. Gives whom they asked before.
SavedTensors* exchange_saved_tensors(SavedTensors* one);

}  // namespace dlrun
