// Whether the kernel ends processes for lack of memory.

#pragma once

#include <cstdint>
#include <string>

namespace dlrun {

// How many processes of this one's control group the kernel has ended for it so far; where no group counts them, of the
// machine. 0 where the system does not say.
int64_t kills_for_memory();
// The same of the groups that `groups` (the text of /proc/self/cgroup) names under `root` (/sys/fs/cgroup), and of what
// /proc/vmstat says.
int64_t kills_for_memory(const std::string& root, const std::string& groups, const std::string& machine);

}  // namespace dlrun
