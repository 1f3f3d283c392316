// Gradients without keeping what they need: a part of the forward pass is computed once more when the backward pass
// comes to it (Chen et al. 2016; torch.utils.checkpoint with use_reentrant=False).

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "tensor/batch.h"

namespace dlrun {

// What is computed once more.
struct Recomputed {
  std::string place;               // for messages: the path of a module
  std::function<void()> again;     // calls the same operators in the same order
  std::vector<at::Tensor> inputs;  // what it takes, which nobody may change in place before
  std::vector<at::Tensor*> state;  // slots of what it reads and changes beside parameters: buffers
};

// While one of these lives, what this thread's operators would keep for their gradients is not kept. The first operator
// whose gradient wants something has all of it made again: from the inputs, the state, the random streams and
// the type of torch.autocast as they were, so the numbers are the same to the bit; state and streams are then put back
// to where they stood. The graph is the one without it, so gradients are summed in the same order, hooks on them fire
// at the same places, and gradients of gradients exist. One at a time in a thread: active() says so. `again` runs in
// the thread of the backward pass. Throws UserError(bad_recipe) there where an input was changed in place meanwhile.
class Recomputation {
 public:
  explicit Recomputation(Recomputed work);
  ~Recomputation();
  Recomputation(const Recomputation&) = delete;
  Recomputation& operator=(const Recomputation&) = delete;

  static bool active();
};

// The tensors in one argument of a forward pass, as far as they are known to be some.
template <class Argument>
void add_tensors(const Argument& argument, std::vector<at::Tensor>& into) {
  if constexpr (std::is_same_v<Argument, at::Tensor>) {
    if (argument.defined()) into.push_back(argument);
  } else if constexpr (std::is_same_v<Argument, Batch>) {
    for (const Batch::Item& item : argument.items()) into.push_back(item.value);
  }
}

}  // namespace dlrun
