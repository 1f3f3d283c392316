// Weights files: the parameters and buffers of a network under their names, in and out.

#pragma once

#include <string>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

// The values behind the slots, detached, sharing memory with them. Of slots that share one tensor (tied weights) only
// the first is listed, as transformers does it.
TensorList values_of(const std::vector<NamedTensor>& slots);

// How the tensors of a file fit a network.
struct WeightsReport {
  std::vector<std::string> missing;     // the network has it, the file does not
  std::vector<std::string> unexpected;  // the file has it, the network does not
  std::vector<std::string> different;   // "fc.weight: [10, 512] in the file, [100, 512] in the network"
  bool fits() const { return missing.empty() && unexpected.empty() && different.empty(); }
  std::string text() const;  // several lines; at most ten names of each kind
};
WeightsReport compare_weights(const std::vector<NamedTensor>& slots, const TensorList& tensors);

enum class Fit {
  exact,     // every name on both sides, with equal shapes
  matching,  // what fits is copied, the rest keeps its values: for other heads on known networks
};
// Copies values into the slots, converting between floating-point types. Tied slots may be given once or, equal,
// several times. With Fit::exact throws UserError(bad_data) naming `source` and everything that does not fit, and
// copies nothing; with Fit::matching throws when nothing fits at all.
WeightsReport load_weights(const std::vector<NamedTensor>& slots, const TensorList& tensors, const std::string& source,
                           Fit fit = Fit::exact);

}  // namespace dlrun
