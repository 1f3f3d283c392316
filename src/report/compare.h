// The verb compare: which of several runs is better on the same samples, whether that is more than noise, and what
// differs in them. Torch-free: the front program includes it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct CompareOptions : CommonOptions {
  std::vector<std::string> runs;       // folders; every other one is compared with the first
  std::string split;                   // train, val or test; empty: test, or val where there is none
  std::string checkpoint = "best";     // best, last, or a step
  std::string metric;                  // by which; empty: the first that the runs share
  std::vector<std::string> overrides;  // "a.b=value" for each of them: where the data lie now, the device
  int64_t bootstrap = 2000;            // how often samples are drawn again
  int64_t seed = 0;                    // of these draws
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_compare(const dlrun::CompareOptions& options);
