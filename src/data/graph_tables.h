// The two tables of a graph, cell by cell; every problem names file and line.

#pragma once

#include <ATen/ATen.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/csv_table.h"

namespace dlrun {

// All of these throw UserError(bad_data).
int64_t column_of(const CsvTable& table, const std::string& name);
[[noreturn]] void bad_line(const CsvTable& table, int64_t row, const std::string& message);
// A finite number.
double number_in(const CsvTable& table, int64_t row, int64_t column);
std::vector<std::string> cells_of(const CsvTable& table, int64_t column);
// The row of each cell of a column whose cells differ; over the table's text.
std::map<std::string_view, int64_t> index_rows(const CsvTable& table, int64_t column);

struct EdgeColumns {
  std::string nodes;  // the table the ends are rows of; for messages
  std::string source, target;
  std::optional<std::string> weight;
  bool directed = false;  // otherwise an edge leads both ways
};

struct GraphEdges {
  at::Tensor index;   // [2, E] int64, from and to; each edge once, sorted by its first node
  at::Tensor weight;  // [E] float, at least 0; undefined without a column of weights
};

// An edge that is there again counts once, which is told with the number of such lines, as are columns that are not
// used. Throws UserError(bad_data) for ends that are no node, and for an edge that is there again with another weight.
GraphEdges read_edges(const std::string& path, const std::map<std::string_view, int64_t>& nodes,
                      const EdgeColumns& columns);

}  // namespace dlrun
