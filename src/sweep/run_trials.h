// The trials of a sweep as processes: several at once, each a training of its own.

#pragma once

#include <functional>

#include "sweep/plan.h"

namespace dlrun {

struct TrialListener {
  std::function<Monitored(const std::string& run_folder)> monitored;  // what a run that has begun monitors
  std::function<void(const Trial& trial)> done;                       // after the record was written
  std::function<void(const std::string& line)> progress;
};

// Trains until plan.trials are done, and writes the record after each change. Trials of the record that are not done go
// on first. SIGINT, SIGTERM, SIGUSR1 and SIGHUP ask the trainings to keep a checkpoint and end: returns that signal, 0
// otherwise. A trial that fails is a row of the record and no more. For a thread as start_child() wants it.
int run_trials(const SweepPlan& plan, SweepRecord& record, const TrialListener& listener);

}  // namespace dlrun
