// Layered drawing of directed graphs: who stands in which row, in which order, and how lines go around the others.
// (Sugiyama, Tagawa and Toda 1981)

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace dlrun {

struct LayeredGraph {
  struct Node {
    double width = 0, height = 0;
  };
  std::vector<Node> nodes;
  std::vector<std::pair<size_t, size_t>> edges;  // from, to; from < to
};

struct Point {
  double x = 0, y = 0;
};

// Lengths in the unit of the nodes; y grows downwards.
struct LayeredDrawing {
  std::vector<Point> centres;              // of the nodes
  std::vector<std::vector<Point>> routes;  // of the edges: from the bottom of one node to the top of another
  double width = 0, height = 0;
};

// The row of every node: below all nodes it has an edge from, sources as low as the rest allows.
std::vector<size_t> rows_of(const LayeredGraph& graph);

// Draws so that no two nodes touch, lines run around nodes they do not belong to, and few lines cross. `space_above[r]`
// is added above row r (rows_of); missing ones are 0.
LayeredDrawing lay_out(const LayeredGraph& graph, const std::vector<double>& space_above = {});

}  // namespace dlrun
