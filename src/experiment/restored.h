// A trained run brought back to life from its folder: what eval, predict and export start from.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "run/checkpoint.h"

namespace dlrun {

struct RestoreOptions {
  std::string run;                     // a run folder
  std::string checkpoint = "best";     // best, last, or a step
  std::vector<std::string> overrides;  // "a.b=value" on the stored recipe
  std::vector<std::string> inputs;     // files to predict, instead of the recipe's data
  bool data = true;                    // false: the network alone, no data file is opened
};

struct Restored {
  std::unique_ptr<Recipe> recipe;
  std::unique_ptr<Experiment> experiment;  // holds the weights of the checkpoint (their average, where there is one)
  Checkpoint checkpoint;
  std::string run;
};

// Throws UserError(no_input) when there is no such run or checkpoint.
Restored restore(const RestoreOptions& options);

// The checkpoint named best (by the recipe's monitor; the last one when nothing is monitored), last, or by its step.
Checkpoint find_checkpoint(CheckpointStore& store, const std::string& which, const Recipe& recipe);
// Puts a checkpoint's weights into the network: the average where it holds one.
void load_checkpoint(Network& network, CheckpointStore& store, const Checkpoint& checkpoint);

}  // namespace dlrun
