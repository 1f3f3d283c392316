// How much memory this process takes, and how much it may.

#include "base/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace dlrun {

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

int64_t machine_memory() {
  int64_t most = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  // Version 2 and version 1; "max", and a number beyond all memory, mean none.
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    int64_t limit = 0;
    if (std::ifstream(path) >> limit && limit > 0) most = std::min(most, limit);
  }
  return most;
}

}  // namespace dlrun
