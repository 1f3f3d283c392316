// A network as a graph of what it computes, for a person to look at.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "experiment/experiment.h"

namespace dlrun {

struct GraphNode {
  enum class Kind { input, layer, norm, activation, pooling, joining, other, loss };
  Kind kind = Kind::other;
  std::string module;          // path of the module it ran in or stands for; "" outside of modules
  std::string title;           // "conv1", "add", "input"
  std::string detail;          // "conv2d, 1,728 parameters"
  std::vector<int64_t> shape;  // of what it gives; -1 is the batch
};

struct NetworkGraph {
  std::vector<GraphNode> nodes;  // in the order they run
  std::vector<std::pair<size_t, size_t>> edges;
  std::vector<std::pair<std::string, int64_t>>
      repeated;  // module that stands for a row of modules that are alike: how many
};

struct GraphOptions {
  int64_t depth = -1;  // modules nested deeper become one node; -1: no limit
  bool fold = true;    // of blocks in a row that are alike the first is drawn
};

// One forward pass of the last player. Operators that only look at a tensor in another shape are left out, those of a
// module without modules inside are one node. `experiment` was built without weights.
NetworkGraph network_graph(const Experiment& experiment, const GraphOptions& options);

// The graph as an SVG picture: modules as frames, shapes on the lines. Well-formed, without references to the outside.
std::string network_svg(const NetworkGraph& graph, const std::string& title);

}  // namespace dlrun
