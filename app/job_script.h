// The script of a Slurm job that trains a recipe to its end, over as many jobs as it takes.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dlrun {

// "partition=gpu,time=01:00:00": options of sbatch by their long names, in order. A part without = belongs to the value
// before it (mail-type=END,FAIL); an option without a value is written exclusive=. Throws UserError(usage).
std::vector<std::pair<std::string, std::string>> slurm_options(const std::string& text);

struct Job {
  std::string name;
  int64_t nodes = 1, ranks_per_node = 1;
  int64_t threads = 0;         // of each rank; 0: as many as Slurm gives
  int64_t lead_seconds = 120;  // before the end of its time, in which a checkpoint is written
  std::vector<std::pair<std::string, std::string>> options;  // of the user, before all others
  std::string folder;                                        // where it was submitted, and works
  std::vector<std::string> command;  // the program, train, the recipe, overrides; without --resume
};

// Asks to be started again when a training ended with 75: interrupted and checkpointed, at the end of its time or by a
// preemption, or because a process hung. Not when it is finished, failed or cancelled.
std::string job_script(const Job& job);

}  // namespace dlrun
