// What a run monitors, for who compares runs by it. Torch-free: the front program includes it.

#pragma once

#include <string>

namespace dlrun {

struct MonitoredOptions {
  std::string run;              // a run folder
  std::string* name = nullptr;  // is filled: "val/loss"; empty where nothing is monitored
  bool* higher = nullptr;       // is filled: whether a higher number is better
};

}  // namespace dlrun

// Returns 0; throws UserError where there is no run, or one whose recipe cannot be read.
extern "C" int dlrun_monitored(const dlrun::MonitoredOptions& options);
