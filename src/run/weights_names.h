// The names in weights files as users meet them, brought to those of the network by stated rules.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

struct NameRules {
  std::string prefix;  // what the names of the file begin with, and those of the network do not
  std::vector<std::string>
      constants;  // ends of names ("attn.bias") of tensors that files may hold and that are no weights
  std::vector<std::pair<std::string, std::string>> tied;     // other names for slots ("lm_head.weight" for a slot)
  std::vector<std::pair<std::string, std::string>> renamed;  // expressions of names, and what they become ("$1.weight")
};

struct Renamed {
  TensorList tensors;
  std::vector<std::string> notes;  // each rule that changed something, a sentence each; for the log
};

// Applies, in this order and each only where it changes something:
//   1. `rules.prefix` is taken away; tensors without it are left out. None has it: UserError(bad_data).
//   2. "module." (DataParallel), "_orig_mod." (torch.compile) and "model." (Lightning) are taken away where every name
//      of the file begins so and none of the network's does.
//   3. Names that one of `rules.renamed` matches, and the network does not know, become what it says.
//   4. What all names of the network begin with ("transformer.") is added where no name of the file begins so and some
//      fit with it: the file holds the network without its head.
//   5. Constants are left out.
//   6. Another name of a tied slot is left out where its values are those of the slot, renamed where the file has none.
//   7. num_batches_tracked of batch norms, which PyTorch before 0.4.1 did not write, keep their values where the file
//      has none of them.
// Nothing else is guessed; what does not fit then is for load_weights() to tell.
Renamed rename_weights(const std::vector<NamedTensor>& slots, TensorList tensors, const NameRules& rules,
                       const std::string& source);

// What the person could set so that the file fits: text to end an error with, or nothing.
std::string name_hint(const std::vector<NamedTensor>& slots, const TensorList& tensors);

}  // namespace dlrun
