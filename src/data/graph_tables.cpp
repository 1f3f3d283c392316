// The two tables of a graph.

#include "data/graph_tables.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

struct Edge {
  int64_t line = 0;  // where it was first
  double weight = 1.0;
};

// By its ends.
using Edges = std::map<std::pair<int64_t, int64_t>, Edge>;

int64_t end_of(const CsvTable& table, int64_t row, int64_t column, const std::map<std::string_view, int64_t>& nodes,
               const std::string& nodes_path) {
  const auto node = nodes.find(table.cell(row, column));
  if (node == nodes.end())
    bad_line(table, row, "node '" + std::string(table.cell(row, column)) + "' is not among the nodes of " + nodes_path);
  return node->second;
}

void tell_unused(const CsvTable& table, const EdgeColumns& columns) {
  std::vector<std::string> unused;
  for (const std::string& name : table.names())
    if (name != columns.source && name != columns.target && name != columns.weight) unused.push_back("'" + name + "'");
  if (unused.empty()) return;
  log_warning(fmt::format("{}: {} {} of the edges {} not used{}", table.path(),
                          unused.size() > 1 ? "columns" : "column", join(unused, ", "),
                          unused.size() > 1 ? "are" : "is",
                          columns.weight ? "" : "; data.weight_column names a column of weights"));
}

}  // namespace

int64_t column_of(const CsvTable& table, const std::string& name) {
  const int64_t place = table.find(name);
  if (place < 0) bad_data(table.path(), "has no column '" + name + "'");
  return place;
}

void bad_line(const CsvTable& table, int64_t row, const std::string& message) {
  bad_data(table.path(), table.place(row) + ": " + message);
}

std::map<std::string_view, int64_t> index_rows(const CsvTable& table, int64_t column) {
  std::map<std::string_view, int64_t> index;
  for (int64_t row = 0; row < table.rows(); ++row)
    if (!index.emplace(table.cell(row, column), row).second)
      bad_line(table, row, "node '" + std::string(table.cell(row, column)) + "' was there before");
  return index;
}

double number_in(const CsvTable& table, int64_t row, int64_t column) {
  const std::string_view cell = table.cell(row, column);
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
    bad_line(table, row,
             "column '" + table.names()[static_cast<size_t>(column)] + "': expected a finite number, got '" +
                 std::string(cell.substr(0, 60)) + "'");
  return value;
}

std::vector<std::string> cells_of(const CsvTable& table, int64_t column) {
  std::vector<std::string> cells;
  cells.reserve(static_cast<size_t>(table.rows()));
  for (int64_t row = 0; row < table.rows(); ++row) cells.emplace_back(table.cell(row, column));
  return cells;
}

GraphEdges read_edges(const std::string& path, const std::map<std::string_view, int64_t>& nodes,
                      const EdgeColumns& columns) {
  const CsvTable table(path, {});
  const int64_t source = column_of(table, columns.source), target = column_of(table, columns.target);
  const int64_t weight = columns.weight ? column_of(table, *columns.weight) : -1;
  Edges edges;
  int64_t again = 0;
  for (int64_t row = 0; row < table.rows(); ++row) {
    const int64_t from = end_of(table, row, source, nodes, columns.nodes),
                  to = end_of(table, row, target, nodes, columns.nodes);
    const Edge edge{table.line(row), weight < 0 ? 1.0 : number_in(table, row, weight)};
    if (edge.weight < 0)
      bad_line(table, row, fmt::format("column '{}': a weight is at least 0, got {}", *columns.weight, edge.weight));
    const auto [first, fresh] = edges.emplace(std::pair(from, to), edge);
    if (!fresh && first->second.weight != edge.weight)
      bad_line(table, row,
               fmt::format("the edge from '{}' to '{}' has the weight {}, but {} in line {}; an edge has one weight",
                           table.cell(row, source), table.cell(row, target), edge.weight, first->second.weight,
                           first->second.line));
    again += !fresh;
    if (!columns.directed) edges.emplace(std::pair(to, from), edge);
  }
  tell_unused(table, columns);
  if (again > 0)
    log_info(fmt::format("{}: {} of {} edges were there before; an edge counts once", path, again, table.rows()));
  GraphEdges result;
  result.index = at::empty({2, static_cast<int64_t>(edges.size())}, at::kLong);
  if (columns.weight) result.weight = at::empty({static_cast<int64_t>(edges.size())}, at::kFloat);
  int64_t* ends = result.index.data_ptr<int64_t>();
  size_t place = 0;
  for (const auto& [pair, edge] : edges) {
    ends[place] = pair.first;
    ends[edges.size() + place] = pair.second;
    if (columns.weight) result.weight.data_ptr<float>()[place] = static_cast<float>(edge.weight);
    ++place;
  }
  return result;
}

}  // namespace dlrun
