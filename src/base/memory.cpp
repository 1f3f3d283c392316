// How much memory this process takes.

#include "base/memory.h"

#include <unistd.h>

#include <fstream>

namespace dlrun {

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace dlrun
