// The launcher of one machine: starts its ranks of a training as processes of the same program, and ends with them.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dist/machine.h"
#include "dist/memory_kills.h"

namespace dlrun {

struct LocalRanks {
  Machine machine;
  std::string program = "/proc/self/exe";
  std::vector<std::string> arguments;  // with the program's name as the first
  double grace_seconds = 30;           // until a rank is ended, once another has
  // How often the kernel has ended a process for lack of memory, by now.
  std::function<int64_t()> memory_kills = [] { return kills_for_memory(); };
};

// RankPlace::attempt of ranks whose launcher is start_local_ranks() on one machine begins so.
inline constexpr const char* local_attempt = "local-";

// The arguments this process was started with.
std::vector<std::string> own_arguments();

// How they ended: 0 when all ended with 0; otherwise the code of the first that failed (of several at once the lowest
// rank), or killed_code() where a signal ended it; 75 where the others ended with 0 or 75.
struct LocalEnd {
  int code = 0;
  std::string failed;  // "rank 3: was ended by signal 9 (Killed)", of the first that failed
};

// The exit code for a rank that a signal ended: 71 where the kernel did so for lack of memory, 70 where the program
// itself was wrong (SIGSEGV, SIGABRT), 75 where somebody ended it: what was checkpointed is good.
int killed_code(int signal, bool for_memory);

// Starts the ranks and returns when all have ended.
//
// Each finds its place in torchrun's variables, and OMP_NUM_THREADS as its share of the processors unless that is set.
// It reads nothing from stdin; results come from rank 0 alone: stdout of the others is stderr. The meeting place is
// this process, on machine 0. SIGINT, SIGTERM, SIGUSR1 and SIGHUP are passed on to every rank, once; stopping at the
// terminal and going on, too. When a rank fails the others get SIGTERM; when one has ended, however, the others are
// given the grace, and then SIGKILL: ranks leave together. When this process dies so do they.
//
// For a thread that lives as long as the process, before other threads that do not hold these signals back: `dlrun
// train` after hold_signals(). Throws UserError(io_error) where a process cannot be started; those that were are ended.
LocalEnd start_local_ranks(const LocalRanks& ranks);

// A rank of a launcher that is killed, or ends on a signal of its own and leaves its ranks behind (torchrun: SIGUSR1),
// gets SIGTERM then: it keeps a checkpoint and ends. Those of start_local_ranks() end with it anyway.
void end_with_launcher(const RankPlace& place);

}  // namespace dlrun
