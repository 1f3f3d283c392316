// What this process is doing now, so that others who wait for it can say so.

#pragma once

#include <cstdint>
#include <string>

namespace dlrun {

struct Phase {
  std::string what;    // "the gradients of step 812"; empty where nothing was said
  double since = 0.0;  // monotonic_seconds() when it began
};

// From here on this process does `what`: "the gradients of step" and 812; without a number where it is negative. A
// phase lasts until the next one. Any thread may call both.
void enter_phase(const char* what, int64_t number = -1);
Phase current_phase();

}  // namespace dlrun
