// The control groups this process is in, and the limits they set.

#pragma once

#include <functional>
#include <string>

namespace dlrun {

// Calls `look` with the folder of every group that `groups` (the text of /proc/self/cgroup) names for this controller
// ("memory", "cpu"), and of all groups around it, under `root` (/sys/fs/cgroup). Versions 1 and 2; `unified` is 2.
void for_each_control_group(const std::string& root, const std::string& groups, const std::string& controller,
                            const std::function<void(const std::string& folder, bool unified)>& look);

// The text of /proc/self/cgroup.
std::string own_control_groups();

// The least number of processors whose time the groups grant, as 1.5; 0 where none is set.
double control_group_processors(const std::string& root, const std::string& groups);

}  // namespace dlrun
