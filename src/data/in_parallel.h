// A loop over several threads, for work on files.

#pragma once

#include <cstdint>
#include <functional>

namespace dlrun {

// Runs `work(i)` for all i below `count` on several threads. The error thrown is the one of the smallest i, whatever
// the timing.
void in_parallel(int64_t count, const std::function<void(int64_t)>& work);

}  // namespace dlrun
