// The verb describe for a recipe: its modules and what a training step costs. Torch-free: the front program includes
// it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct DescribeOptions : CommonOptions {
  std::string recipe;
  std::vector<std::string> overrides;  // "a.b=value", applied in order
  std::vector<int64_t> batch_sizes;    // of the steps to describe; empty: the recipe's
  int64_t depth = -1;                  // of modules in the table; -1: all
  bool unfold = false;                 // show every block of blocks that are alike
  std::string graph;                   // an SVG file to draw the network into; empty: none
  std::vector<int64_t> devices;        // that share the batch, to reckon a step on so many; empty: none
  std::string link;                    // what one of them sends: "50GB/s"
  std::string latency = "20us";        // until a message is there
  std::string step_time;               // of the whole batch on one device; empty: measured here
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_describe(const dlrun::DescribeOptions& options);
