// How much memory this process takes, and how much it may.

#include "base/memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/control_groups.h"

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

int64_t control_group_limit(const std::string& root, const std::string& groups) {
  int64_t least = 0;
  for_each_control_group(root, groups, "memory", [&](const std::string& folder, bool unified) {
    int64_t limit = 0;  // "max", and a number beyond all memory, mean none
    if (std::ifstream(folder + (unified ? "/memory.max" : "/memory.limit_in_bytes")) >> limit && limit > 0)
      least = least == 0 ? limit : std::min(least, limit);
  });
  return least;
}

int64_t machine_memory() {
  int64_t most = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  if (const int64_t limit = control_group_limit("/sys/fs/cgroup", own_control_groups()); limit > 0)
    most = std::min(most, limit);
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      most = std::min(most, static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT64_MAX)));
  }
  return most;
}

}  // namespace dlrun
