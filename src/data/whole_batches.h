// Samplers whose batches make sense as wholes alone.

#pragma once

#include "data/sampler.h"

namespace dlrun {

// All trainer.batch_size samples of a batch go through the network at once, and nobody looks at some of them alone. A
// sampler of such batches says so by deriving from this.
struct MakesWholeBatches {};

inline bool makes_whole_batches(const Sampler& sampler) {
  return dynamic_cast<const MakesWholeBatches*>(&sampler) != nullptr;
}

}  // namespace dlrun
