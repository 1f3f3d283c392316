// The verb sweep: trainings of one recipe with other values, to find which are best on the validation data.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "spec/field.h"
#include "sweep/trial_progress.h"

namespace dlrun {

// Where one is not given, the recipe's block `sweep` (sweep/sweep_settings.h) says, then the default.
struct SweepOptions : CommonOptions {
  std::string recipe;                      // a recipe file; with `resume` also the folder of a sweep
  std::vector<std::string> arguments;      // "a.b=value"; sweep/space.h says which of them vary
  std::string strategy = "auto";           // auto: grid where all keys have lists and `trials` is not given, else tpe
  std::optional<int64_t> trials;           // default: the whole grid; 20 otherwise
  std::optional<int64_t> seed;             // of the draws; default 0
  std::optional<int64_t> halving;          // one of so many trials goes on; none: all train to their end
  std::optional<int64_t> min_validations;  // before the first halving; default 1
  std::optional<int64_t> jobs;             // trials at once; default 1
  std::string output;                      // folder; empty: the recipe's output_dir with -sweep behind it
  bool resume = false, overwrite = false;
};

// What a sweep needs of the rest of the program.
struct SweepWorld {
  std::function<std::shared_ptr<Params>()> new_recipe;
  std::function<Monitored(const std::string& run_folder)> monitored;
  std::function<void(const std::string& folder)> report;  // writes the page of the sweep there; may throw
};

// Returns the exit code: 0 when a trial has a result, 75 when it was interrupted, the code of the first trial when all
// failed. Throws UserError for what is wrong before the first trial. For a thread as run_trials() wants it.
int run_sweep(const SweepOptions& options, const SweepWorld& world);

}  // namespace dlrun
