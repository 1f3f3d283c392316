// Losses that compare the samples of a batch with each other.

#pragma once

#include "losses/loss.h"

namespace dlrun {

// Of several processes that train together each computes such a loss of all their rows (tensor/ranks.h), so that as
// many samples are compared as in one process.
struct ComparesSamples {
  virtual ~ComparesSamples() = default;
  virtual bool compares() const { return true; }
};

inline bool compares_samples(const Loss& loss) {
  const auto* comparing = dynamic_cast<const ComparesSamples*>(&loss);
  return comparing && comparing->compares();
}

}  // namespace dlrun
