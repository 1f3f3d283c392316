// The verb train. Torch-free: the front program includes this header and calls the engine through it.

#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct TrainOptions : CommonOptions {
  std::string recipe;                  // a recipe file; with `resume` also a run folder
  std::vector<std::string> overrides;  // "a.b=value", applied in order
  bool resume = false;                 // go on from the last checkpoint of the run
  bool overwrite = false;              // delete the run that is in the run folder
  bool dry_run = false;                // build everything, train nothing
  bool find_lr = false;                // sweep over learning rates, write a picture, train nothing
  bool find_batch_size = false;        // say which batch size fits, train nothing
  std::string curve;                   // where the picture of find_lr goes; empty: NAME_find_lr.svg
  std::string memory;                  // for find_batch_size: "4GiB"; empty: the machine's
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_train(const dlrun::TrainOptions& options);
