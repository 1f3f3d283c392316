// Layered drawing of directed graphs.

#include "report/layered.h"

#include <algorithm>
#include <numeric>

namespace dlrun {
namespace {

constexpr double between_nodes = 30, between_rows = 40, lane = 14;
constexpr int order_sweeps = 12, place_sweeps = 120;

// A node, or the place in a row where a longer line passes.
struct Item {
  size_t row;
  double width;
  bool passes = false;
  std::vector<size_t> above, below;
  double x = 0;
};

struct Layers {
  std::vector<Item> items;  // the nodes first
  std::vector<std::vector<size_t>> rows;
  std::vector<std::vector<size_t>> chains;  // of every edge: the items it goes through
};

Layers make_layers(const LayeredGraph& graph, const std::vector<size_t>& rows) {
  Layers layers;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    layers.items.push_back({rows[i], graph.nodes[i].width, false, {}, {}});
  for (const auto& [from, to] : graph.edges) {
    std::vector<size_t> chain = {from};
    for (size_t row = rows[from] + 1; row < rows[to]; ++row) {
      chain.push_back(layers.items.size());
      layers.items.push_back({row, lane, true, {}, {}});
    }
    chain.push_back(to);
    for (size_t i = 0; i + 1 < chain.size(); ++i) {
      layers.items[chain[i]].below.push_back(chain[i + 1]);
      layers.items[chain[i + 1]].above.push_back(chain[i]);
    }
    layers.chains.push_back(std::move(chain));
  }
  const size_t count = rows.empty() ? 0 : *std::max_element(rows.begin(), rows.end()) + 1;
  layers.rows.resize(count);
  for (size_t i = 0; i < layers.items.size(); ++i) layers.rows[layers.items[i].row].push_back(i);
  return layers;
}

// Each row is sorted by the mean place of its neighbours in the row before it, down and up again.
void order(Layers& layers) {
  std::vector<double> place(layers.items.size());
  const auto number = [&](const std::vector<size_t>& row) {
    for (size_t i = 0; i < row.size(); ++i) place[row[i]] = static_cast<double>(i);
  };
  for (const auto& row : layers.rows) number(row);
  for (int sweep = 0; sweep < order_sweeps; ++sweep) {
    const bool down = sweep % 2 == 0;
    for (size_t k = 0; k < layers.rows.size(); ++k) {
      std::vector<size_t>& row = layers.rows[down ? k : layers.rows.size() - 1 - k];
      std::vector<std::pair<double, size_t>> keys;
      for (const size_t item : row) {
        const std::vector<size_t>& others = down ? layers.items[item].above : layers.items[item].below;
        double sum = 0;
        for (const size_t other : others) sum += place[other];
        keys.emplace_back(others.empty() ? place[item] : sum / static_cast<double>(others.size()), item);
      }
      std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (size_t i = 0; i < row.size(); ++i) row[i] = keys[i].second;
      number(row);
    }
  }
}

double apart(const Item& left, const Item& right) { return (left.width + right.width) / 2 + between_nodes; }

// The places nearest to those wished for that keep the order and the distances: neighbours that collide share the mean
// of their wishes (pool adjacent violators).
void settle(Layers& layers, const std::vector<size_t>& row, const std::vector<double>& wishes,
            const std::vector<double>& weights) {
  struct Pool {
    double wish, weight;
    size_t count;
  };
  std::vector<double> offsets(row.size());
  for (size_t i = 1; i < row.size(); ++i)
    offsets[i] = offsets[i - 1] + apart(layers.items[row[i - 1]], layers.items[row[i]]);
  std::vector<Pool> pools;
  for (size_t i = 0; i < row.size(); ++i) {
    pools.push_back({wishes[i] - offsets[i], weights[i], 1});
    while (pools.size() > 1 && pools[pools.size() - 2].wish > pools.back().wish) {
      const Pool last = pools.back();
      pools.pop_back();
      Pool& before = pools.back();
      before.wish = (before.wish * before.weight + last.wish * last.weight) / (before.weight + last.weight);
      before.weight += last.weight;
      before.count += last.count;
    }
  }
  size_t i = 0;
  for (const Pool& pool : pools)
    for (size_t k = 0; k < pool.count; ++k, ++i) layers.items[row[i]].x = pool.wish + offsets[i];
}

// Moves everything towards its neighbours; nodes with a single way through them keep it straight.
void place(Layers& layers) {
  for (const auto& row : layers.rows)
    settle(layers, row, std::vector<double>(row.size(), 0), std::vector<double>(row.size(), 1));
  for (int sweep = 0; sweep < place_sweeps; ++sweep) {
    const bool down = sweep % 2 == 0;
    for (size_t k = 0; k < layers.rows.size(); ++k) {
      const std::vector<size_t>& row = layers.rows[down ? k : layers.rows.size() - 1 - k];
      std::vector<double> wishes, weights;
      for (const size_t index : row) {
        const Item& item = layers.items[index];
        double sum = 0, weight = 0;
        for (const auto* side : {&item.above, &item.below})
          for (const size_t other : *side) {
            // Between two nodes a line wants to be straight; one that goes around others may bend.
            const double pull = (item.passes || layers.items[other].passes)
                                    ? (item.passes && layers.items[other].passes ? 4 : 0.02)
                                    : 4;
            sum += pull * layers.items[other].x;
            weight += pull;
          }
        wishes.push_back(weight > 0 ? sum / weight : item.x);
        weights.push_back(item.passes ? 0.2 : 4);
      }
      settle(layers, row, wishes, weights);
    }
  }
}

}  // namespace

std::vector<size_t> rows_of(const LayeredGraph& graph) {
  std::vector<size_t> rows(graph.nodes.size(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i)  // Edges lead to higher numbers, so one pass in order is enough.
    for (const auto& [from, to] : graph.edges)
      if (to == i) rows[i] = std::max(rows[i], rows[from] + 1);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    bool source = true;
    size_t lowest = static_cast<size_t>(-1);
    for (const auto& [from, to] : graph.edges) {
      if (to == i) source = false;
      if (from == i) lowest = std::min(lowest, rows[to] - 1);
    }
    if (source && lowest != static_cast<size_t>(-1)) rows[i] = lowest;
  }
  return rows;
}

LayeredDrawing lay_out(const LayeredGraph& graph, const std::vector<double>& space_above) {
  LayeredDrawing drawing;
  if (graph.nodes.empty()) return drawing;
  const std::vector<size_t> rows = rows_of(graph);
  Layers layers = make_layers(graph, rows);
  order(layers);
  place(layers);

  std::vector<double> heights(layers.rows.size(), 0), middles(layers.rows.size(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i) heights[rows[i]] = std::max(heights[rows[i]], graph.nodes[i].height);
  double y = 0;
  for (size_t row = 0; row < heights.size(); ++row) {
    y += (row > 0 ? between_rows : 0) + (row < space_above.size() ? space_above[row] : 0);
    middles[row] = y + heights[row] / 2;
    y += heights[row];
  }
  double left = layers.items[0].x, right = left;
  for (const Item& item : layers.items) {
    left = std::min(left, item.x - item.width / 2);
    right = std::max(right, item.x + item.width / 2);
  }
  drawing.width = right - left;
  drawing.height = y;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    drawing.centres.push_back({layers.items[i].x - left, middles[rows[i]]});
  for (const auto& chain : layers.chains) {
    std::vector<Point> route;
    for (const size_t index : chain) {
      const Item& item = layers.items[index];
      const double x = item.x - left, middle = middles[item.row];
      if (item.passes) {
        route.push_back({x, middle - heights[item.row] / 2});
        route.push_back({x, middle + heights[item.row] / 2});
      } else {
        const double half = graph.nodes[index].height / 2;
        route.push_back({x, index == chain.front() ? middle + half : middle - half});
      }
    }
    drawing.routes.push_back(std::move(route));
  }
  return drawing;
}

}  // namespace dlrun
