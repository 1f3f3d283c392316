// How much memory this process takes.

#pragma once

#include <cstdint>

namespace dlrun {

// Bytes in main memory now, shared libraries included; 0 where the system does not say.
int64_t resident_bytes();

}  // namespace dlrun
