// The largest batch whose training step fits into memory.

#pragma once

#include <cstdint>
#include <optional>

#include "experiment/recipe.h"

namespace dlrun {

struct BatchFit {
  int64_t largest = 0;  // samples; 0: not even `least` fit
  int64_t least = 0;    // the smallest batch the recipe allows: one sample for each of its parts
  int64_t samples = 0;  // of the training split: no batch is larger
  int64_t limit = 0;    // bytes
  int64_t peak = 0;     // predicted for `largest`, or for `least` where that does not fit; bytes
};

// Rehearses steps of growing batches until one takes more than `limit` bytes, and then looks between; without a limit,
// more than the machine has, which is known of CPUs alone. Where the recipe cuts batches into parts, so many parts are
// kept and grow. Throws UserError as a rehearsal does.
BatchFit fit_batch(Recipe& recipe, std::optional<int64_t> limit);

}  // namespace dlrun
