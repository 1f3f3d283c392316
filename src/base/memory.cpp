// How much memory this process takes, and how much it may.

#include "base/memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace dlrun {

ProcessMemory process_memory() {
  ProcessMemory memory;
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  if (file >> total >> resident) memory.resident = resident * sysconf(_SC_PAGESIZE);
  rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) == 0) memory.peak = usage.ru_maxrss * 1024;
  memory.free = static_cast<int64_t>(mallinfo2().fordblks);
  return memory;
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
