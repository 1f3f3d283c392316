// The launcher for one machine: starts the ranks of a training as processes of the same program, and ends with them.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dist/place.h"

namespace dlrun {

// Whether this process is to start `devices` ranks by itself instead of working as one of them: the meaning of
// hardware.devices. Under a launcher it starts none. Throws UserError(bad_recipe) where a launcher started another
// number of them on this machine, or where this dlrun cannot work as several processes.
bool starts_ranks(const RankPlace& place, int64_t devices);

struct LocalRanks {
  int64_t count = 1;
  std::string program = "/proc/self/exe";
  std::vector<std::string> arguments;  // with the program's name as the first
  double grace_seconds = 30;           // between asking a rank to end and ending it, once another has failed
};

// The arguments this process was started with.
std::vector<std::string> own_arguments();

// Starts the ranks and returns when all have ended: 0 when all ended with 0; otherwise the code of the first that
// failed (128 + n where a signal n ended it; of several at once the lowest rank); 75 where the others ended with 0
// or 75.
//
// Each finds its place in torchrun's variables, and OMP_NUM_THREADS as its share of the processors unless that is set.
// It reads nothing from stdin; results come from rank 0 alone: stdout of the others is stderr. The meeting place is
// this process. SIGINT, SIGTERM, SIGUSR1 and SIGHUP are passed on to every rank, once; stopping at the terminal and
// going on, too. When a rank fails the others get SIGTERM, and SIGKILL after the grace; when this process dies so do
// they.
//
// For a thread that lives as long as the process, before other threads that do not hold these signals back: `dlrun
// train` after hold_signals(). Throws UserError(io_error) where a process cannot be started; those that were are ended.
int start_local_ranks(const LocalRanks& ranks);

}  // namespace dlrun
