// How much memory this process takes, and how much it may.

#pragma once

#include <cstdint>
#include <string>

namespace dlrun {

// In bytes; 0 where the system does not say.
struct ProcessMemory {
  int64_t resident = 0;  // in main memory now, shared libraries included
  int64_t peak = 0;      // the most that has been resident since the process began
  int64_t free = 0;      // what the C library holds free for what is asked for next
};

ProcessMemory process_memory();

// Bytes of the machine's main memory, or of what this process may take where that is less: its control group and every
// group around it, and ulimit -v and -d.
int64_t machine_memory();

// The least limit of the control groups that `groups` (the text of /proc/self/cgroup) names, up their trees, under
// `root` (/sys/fs/cgroup); 0 where there is none. Versions 1 and 2.
int64_t control_group_limit(const std::string& root, const std::string& groups);

}  // namespace dlrun
