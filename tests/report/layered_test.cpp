// Layered drawings: rows follow the edges, nothing overlaps, lines keep off the nodes they pass.

#include "report/layered.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

namespace dlrun::layered_test {

namespace {

LayeredGraph random_graph(unsigned seed, size_t nodes) {
  std::mt19937 random(seed);
  LayeredGraph graph;
  for (size_t i = 0; i < nodes; ++i)
    graph.nodes.push_back({40.0 + static_cast<double>(random() % 120), 20.0 + static_cast<double>(random() % 30)});
  for (size_t to = 1; to < nodes; ++to)
    for (size_t k = 0; k < 1 + random() % 3; ++k) {
      const std::pair<size_t, size_t> edge = {random() % to, to};
      if (std::find(graph.edges.begin(), graph.edges.end(), edge) == graph.edges.end()) graph.edges.push_back(edge);
    }
  return graph;
}

}  // namespace

TEST_CASE("nodes stand below those they come from, never touch, and lines keep off other nodes") {
  for (unsigned seed = 0; seed < 30; ++seed) {
    INFO("seed " << seed);
    const LayeredGraph graph = random_graph(seed, 3 + seed);
    const LayeredDrawing drawing = lay_out(graph);
    REQUIRE(drawing.centres.size() == graph.nodes.size());
    REQUIRE(drawing.routes.size() == graph.edges.size());
    bool rows = true, apart = true, inside = true, clear = true;
    for (const auto& [from, to] : graph.edges) rows = rows && drawing.centres[from].y < drawing.centres[to].y;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const Point a = drawing.centres[i];
      inside =
          inside && a.x - graph.nodes[i].width / 2 > -1e-6 && a.x + graph.nodes[i].width / 2 < drawing.width + 1e-6;
      inside =
          inside && a.y - graph.nodes[i].height / 2 > -1e-6 && a.y + graph.nodes[i].height / 2 < drawing.height + 1e-6;
      for (size_t j = 0; j < i; ++j) {
        const Point b = drawing.centres[j];
        apart = apart && (std::abs(a.x - b.x) >= (graph.nodes[i].width + graph.nodes[j].width) / 2 + 1 ||
                          std::abs(a.y - b.y) >= (graph.nodes[i].height + graph.nodes[j].height) / 2 + 1);
      }
    }
    for (const auto& route : drawing.routes)
      for (size_t k = 1; k + 1 < route.size(); ++k)
        for (size_t i = 0; i < graph.nodes.size(); ++i)
          clear = clear && (std::abs(route[k].x - drawing.centres[i].x) > graph.nodes[i].width / 2 ||
                            std::abs(route[k].y - drawing.centres[i].y) > graph.nodes[i].height / 2);
    CHECK(rows);
    CHECK(apart);
    CHECK(inside);
    CHECK(clear);
  }
}

TEST_CASE("a chain is drawn straight, and stays straight beside a line that skips it") {
  LayeredGraph graph;
  graph.nodes.assign(6, {100, 30});
  for (size_t i = 0; i + 1 < 6; ++i) graph.edges.push_back({i, i + 1});
  for (const bool skip : {false, true}) {
    if (skip) graph.edges.push_back({1, 4});
    const LayeredDrawing drawing = lay_out(graph);
    for (size_t i = 1; i < 6; ++i) CHECK(std::abs(drawing.centres[i].x - drawing.centres[0].x) < 6);
  }
}

TEST_CASE("rows: the longest way from a source, and sources beside what needs them") {
  LayeredGraph graph;
  graph.nodes.assign(5, {10, 10});
  graph.edges = {{0, 1}, {1, 2}, {0, 2}, {2, 4}, {3, 4}};
  CHECK(rows_of(graph) == std::vector<size_t>{0, 1, 2, 2, 3});
}

}  // namespace dlrun::layered_test
