// How much memory this process takes, and how much it may.

#include "base/memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

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
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {  // "0::/user.slice/job", "4:cpu,memory:/user.slice/job"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(",memory,") == std::string::npos) continue;
    // In a container the path may be the one the machine outside sees: then the root of the mount is our group.
    for (std::string group = line.substr(second + 1);; group.resize(group.rfind('/'))) {
      while (group.ends_with('/')) group.pop_back();
      const std::string file =
          unified ? root + group + "/memory.max" : root + "/memory" + group + "/memory.limit_in_bytes";
      int64_t limit = 0;  // "max", and a number beyond all memory, mean none
      if (std::ifstream(file) >> limit && limit > 0) least = least == 0 ? limit : std::min(least, limit);
      if (group.empty()) break;
    }
  }
  return least;
}

int64_t machine_memory() {
  int64_t most = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  std::stringstream groups;
  groups << std::ifstream("/proc/self/cgroup").rdbuf();
  if (const int64_t limit = control_group_limit("/sys/fs/cgroup", groups.str()); limit > 0)
    most = std::min(most, limit);
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      most = std::min(most, static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT64_MAX)));
  }
  return most;
}

}  // namespace dlrun
