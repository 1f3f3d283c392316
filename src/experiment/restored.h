// A trained run brought back to life, from its folder or from an ONNX file: what eval, predict and export start from.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "run/checkpoint.h"

namespace dlrun {

struct RestoreOptions {
  std::string run;                     // a run folder, or an ONNX file
  std::string checkpoint = "best";     // best, last, or a step
  std::vector<std::string> overrides;  // "a.b=value" on the stored recipe
  std::vector<std::string> inputs;     // files to predict, instead of the recipe's data
  bool data = true;                    // false: the network alone, no data file is opened
  std::string recipe;                  // ONNX files: a recipe file in the place of the one they carry
  std::string engine;                  // ONNX files: dlrun, onnxruntime, or "" to choose by file
  bool keep_rows = false;              // tables are kept as they were written, see OpenOptions
};

struct Restored {
  std::unique_ptr<Recipe> recipe;
  std::unique_ptr<Experiment> experiment;  // holds the weights of the checkpoint (their average, where there is one)
  Checkpoint checkpoint;  // of an ONNX file its step and hash; step -1 where another program made the file
  std::string run;
  std::string word;    // how that checkpoint was found: "best", "last" or a step; "best" of an ONNX file
  std::string origin;  // of the weights, for people: "best (step 896)", "model.onnx (step 896)"
};

// Throws UserError: no_input when there is no such run or checkpoint, usage for options that only the other kind has.
Restored restore(const RestoreOptions& options);

struct FoundCheckpoint {
  Checkpoint checkpoint;
  std::string word;  // what it was found as: "best", "last", or a step
};

// The checkpoint named best (by the recipe's monitor), last, or by its step. Where none is kept for being best, or none
// has a number yet, the last one stands for it, and is called so.
FoundCheckpoint find_checkpoint(CheckpointStore& store, const std::string& which, const Recipe& recipe);
// Puts a checkpoint's weights into what learns of an experiment: the average where it holds one.
void load_checkpoint(const Experiment& experiment, CheckpointStore& store, const Checkpoint& checkpoint);

}  // namespace dlrun
