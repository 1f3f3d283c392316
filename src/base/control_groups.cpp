// The control groups this process is in, and the limits they set.

#include "base/control_groups.h"

#include <fstream>
#include <sstream>

namespace dlrun {

void for_each_control_group(const std::string& root, const std::string& groups, const std::string& controller,
                            const std::function<void(const std::string& folder, bool unified)>& look) {
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {  // "0::/user.slice/job", "4:cpu,memory:/user.slice/job"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find("," + controller + ",") == std::string::npos) continue;
    // In a container the path may be the one the machine outside sees: then the root of the mount is our group.
    for (std::string group = line.substr(second + 1);; group.resize(group.rfind('/'))) {
      while (group.ends_with('/')) group.pop_back();
      look(unified ? root + group : root + "/" + controller + group, unified);
      if (group.empty()) break;
    }
  }
}

std::string own_control_groups() {
  std::stringstream groups;
  groups << std::ifstream("/proc/self/cgroup").rdbuf();
  return groups.str();
}

double control_group_processors(const std::string& root, const std::string& groups) {
  double least = 0.0;
  for_each_control_group(root, groups, "cpu", [&](const std::string& folder, bool unified) {
    double quota = 0.0, period = 0.0;  // "max 100000", and -1, mean none
    if (unified) {
      if (!(std::ifstream(folder + "/cpu.max") >> quota >> period)) return;
    } else {
      std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
      std::ifstream(folder + "/cpu.cfs_period_us") >> period;
    }
    if (quota <= 0.0 || period <= 0.0) return;
    if (least == 0.0 || quota / period < least) least = quota / period;
  });
  return least;
}

}  // namespace dlrun
