// One pass over held-out data, without gradients.

#pragma once

#include <functional>

#include "experiment/experiment.h"

namespace dlrun {

struct EvaluateOptions {
  int64_t limit_batches = -1;         // -1: all
  std::function<bool()> interrupted;  // asked between batches; true ends the pass
  std::function<void(int64_t done, int64_t total)> progress;
  std::function<void(const Batch& batch)> not_finite;    // told of a batch whose loss is not
  std::function<void(int64_t targets)> ignored;          // told how many the loss ignores, at the end; not of none
  std::function<void(const Outcome& outcome)> measured;  // told of every batch that metrics measured
  std::function<void(const ResultTable& table)> table;   // told of every table of a metric, at the end
};

// Means over the whole split, every sample counted once but those whose target the loss ignores, which count in
// nothing. Empty when it was interrupted.
Results evaluate(const Experiment& experiment, Loader& loader, const EvaluateOptions& options = {});

// Whether the samples hold what is to be predicted: files that are predicted need not.
bool holds_answers(const Split& samples);

}  // namespace dlrun
