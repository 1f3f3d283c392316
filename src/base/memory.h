// How much memory this process takes, and how much it may.

#pragma once

#include <cstdint>

namespace dlrun {

// Bytes in main memory now, shared libraries included; 0 where the system does not say.
int64_t resident_bytes();

// Bytes of the machine's main memory, or of what this process' control group may take where that is less.
int64_t machine_memory();

}  // namespace dlrun
