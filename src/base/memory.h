// How much memory this process takes, and how much it may.

#pragma once

#include <cstdint>

namespace dlrun {

// In bytes; 0 where the system does not say.
struct ProcessMemory {
  int64_t resident = 0;  // in main memory now, shared libraries included
  int64_t peak = 0;      // the most that has been resident since the process began
  int64_t free = 0;      // what the C library holds free for what is asked for next
};

ProcessMemory process_memory();

// Bytes of the machine's main memory, or of what this process' control group may take where that is less.
int64_t machine_memory();

}  // namespace dlrun
