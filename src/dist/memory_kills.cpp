// Whether the kernel ends processes for lack of memory.

#include "dist/memory_kills.h"

#include <fstream>
#include <optional>
#include <sstream>

#include "base/control_groups.h"

namespace dlrun {

int64_t kills_for_memory(const std::string& root, const std::string& groups, const std::string& machine) {
  std::optional<int64_t> kills;  // of the innermost group that counts
  const auto read = [&](std::istream&& text) {
    int64_t count = 0;
    for (std::string name; !kills && text >> name >> count;)
      if (name == "oom_kill") kills = count;
  };
  for_each_control_group(root, groups, "memory", [&](const std::string& folder, bool unified) {
    read(std::ifstream(folder + (unified ? "/memory.events" : "/memory.oom_control")));
  });
  read(std::istringstream(machine));
  return kills.value_or(0);
}

int64_t kills_for_memory() {
  std::ostringstream machine;
  machine << std::ifstream("/proc/vmstat").rdbuf();
  return kills_for_memory("/sys/fs/cgroup", own_control_groups(), machine.str());
}

}  // namespace dlrun
