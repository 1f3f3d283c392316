// One pass over held-out data, without gradients.

#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/experiment.h"

namespace dlrun {

// Names without a prefix ("loss", "accuracy") in the order they are shown.
using Results = std::vector<std::pair<std::string, double>>;

struct EvaluateOptions {
  int64_t limit_batches = -1;         // -1: all
  std::function<bool()> interrupted;  // asked between batches; true ends the pass
  std::function<void(int64_t done, int64_t total)> progress;
  std::function<void(int64_t index, const Batch& batch)> not_finite;  // told of a batch whose loss is not
};

// Means over the whole split, every sample counted once. Empty when it was interrupted.
Results evaluate(const Experiment& experiment, Loader& loader, const EvaluateOptions& options = {});

}  // namespace dlrun
