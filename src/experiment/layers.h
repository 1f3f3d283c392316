// The layers of a network as a table: what runs, what comes out, how many parameters it has.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/experiment.h"

namespace dlrun {

struct LayerRow {
  std::string name;            // of the module that holds the parameters
  std::string op;              // "conv2d"; empty when the forward pass does not use it
  std::vector<int64_t> shape;  // of its output; the first dimension is -1 where it is the batch
  int64_t parameters = 0;
  int64_t trainable = 0;
};

// Runs two samples through the task and watches which operators use which parameters. Leaves the network, its buffers
// and the random streams as they were.
std::vector<LayerRow> describe_layers(const Experiment& experiment);
std::string layer_table(const std::vector<LayerRow>& layers);

}  // namespace dlrun
