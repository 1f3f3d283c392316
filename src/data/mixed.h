// Samples mixed with others of their batch: what mixup and cutmix share, and what becomes of their targets.

#pragma once

#include <string>

#include "base/random.h"
#include "data/augmentation.h"

namespace dlrun {

// An augmentation that mixes samples says so by deriving from this; tasks that cannot learn from such are refused.
// Row i is mixed with row i - 1, row 0 with the last, in one share that all rows of a batch have in common.
struct MixesSamples {
  virtual ~MixesSamples() = default;
};

// Of mixed samples a batch holds, beside "target", all their classes [B, k] int64 and the share of each [B, k] float,
// which add up to 1 and are the same in every row. "target" is then the class of the largest share, for metrics.
inline constexpr const char* mixed_classes = "target.classes";
inline constexpr const char* mixed_shares = "target.shares";

// The share a sample keeps: a draw from Beta(alpha, alpha).
double draw_share(Random& random, double alpha);

// Each sample keeps so much of its target, the rest is that of its partner's: numbers are blended, classes kept beside
// each other. Targets of pixels are left alone. Throws UserError(bad_recipe) for targets that are neither.
void mix_targets(const std::string& augmentation, Batch& batch, double share);

}  // namespace dlrun
