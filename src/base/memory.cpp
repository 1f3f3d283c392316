// How much memory this process takes.

#include "base/memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

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

}  // namespace dlrun
