// A sweep before its first trial: what is varied, how, and with which command a trial trains.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sweep/space.h"
#include "sweep/trial.h"
#include "sweep/trial_progress.h"

namespace dlrun {

struct SweepPlan {
  std::string folder;
  Space space;
  std::string strategy;  // grid, random, tpe
  int64_t trials = 0, seed = 0;
  int64_t reduction_factor = 0, min_validations = 1;
  int64_t jobs = 1;
  int64_t threads = 0;  // of each trial; 0: what the recipe says

  std::string recipe_file() const { return folder + "/sweep.yaml"; }
  std::string record_file() const { return folder + "/sweep.json"; }
  std::string csv_file() const { return folder + "/sweep.csv"; }
  std::string page_file() const { return folder + "/report.html"; }
  std::string run_folder(int64_t trial) const;  // FOLDER/trials/0007
  std::string log_file(int64_t trial) const;    // FOLDER/logs/0007.txt
  std::string error_file(int64_t trial) const;  // FOLDER/logs/0007.json
};

// The values of the next trial. The first of random and tpe is the recipe as it is; tpe draws at random until ten are
// done. Values that an earlier trial had are drawn again, sixteen times at most.
Values next_values(const SweepPlan& plan, const SweepRecord& record, int64_t trial);

// What dlrun is called with: train, the recipe, what differs from it, always --resume.
std::vector<std::string> trial_arguments(const SweepPlan& plan, const Trial& trial);

}  // namespace dlrun
