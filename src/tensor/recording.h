// Work that was done once and is done again from what was taken down of it: its operators, and nothing around them.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace dlrun {

// Why work cannot be recorded, as the end of a sentence: "it reads a number (aten::_local_scalar_dense)".
struct CannotRecord : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// On a GPU a CUDA graph: the CPU asks for all kernels at once. On a CPU the list of operators below autograd: no
// module, task, loss or graph of gradients is looked at again.
//
// What is done again is what was done: with the same numbers of the CPU (rates, sizes, probabilities), on the same
// tensors. Tensors that existed before must stay where they are; those that the work left behind hold the results of
// the last replay(). Draws from ATen's default generators are new ones. What the work did to anything but tensors is
// not done again, nor is what it did to them other than by an operator. Not thread-safe.
class Recording {
 public:
  virtual ~Recording() = default;
  // Once. Whether the work has been done after it, or has only been taken down, is left open: whoever records puts
  // everything back. Throws CannotRecord; then this can only be destroyed.
  virtual void record(const std::function<void()>& work) = 0;
  // Throws CannotRecord where what depends on values has another size now; then some of the work is done.
  virtual void replay() = 0;
};

// For what a CPU computes other than by an operator, which a recording would miss: throws CannotRecord, with `what` as
// its text, while this thread records operators.
void refuse_recording(const std::string& what);

std::unique_ptr<Recording> new_recording(const at::Device& device);

}  // namespace dlrun
