// What a sweep is before its first trial, from the command line, the recipe's block `sweep` and a sweep that is gone on
// with.

#pragma once

#include <memory>
#include <string>

#include "base/numbered_folder.h"
#include "sweep/plan.h"
#include "sweep/sweep.h"
#include "sweep/trial.h"

namespace dlrun {

struct PreparedSweep {
  SweepPlan plan;
  SweepRecord record;
  std::unique_ptr<NumberedFolder> numbered;  // where plan.folder has a number of its own
  std::string recipe_text;                   // what all trials start from: the recipe without its block
  std::string recipe_words;                  // the recipe and what holds for all trials, for the command line
};

// Throws UserError for what is wrong with any of them, or where --resume finds another sweep.
PreparedSweep prepare_sweep(const SweepOptions& options, const SweepWorld& world);

}  // namespace dlrun
