// Reader of one graph from two tables: nodes (label, split, features) and edges. A sample is the whole graph.

#include <fmt/format.h>

#include <charconv>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/csv_table.h"
#include "data/dataset.h"
#include "data/graph_tables.h"
#include "data/input_file.h"
#include "data/row_names.h"
#include "data/table_encoder.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The whole graph with the nodes of one split marked. Its tensors are shared, so nobody may change them.
class GraphSplit final : public Split, public RowNames {
 public:
  GraphSplit(Batch graph, std::shared_ptr<const std::vector<std::string>> nodes)
      : graph_(std::move(graph)), nodes_(std::move(nodes)) {}
  int64_t size() const override { return 1; }
  Batch gather(std::span<const int64_t> indices) const override {
    TORCH_CHECK(indices.size() == 1 && indices[0] == 0, "a graph is one sample");
    return graph_;
  }
  std::string describe(int64_t) const override { return "the graph"; }
  std::string row_name(int64_t row) const override { return nodes_->at(static_cast<size_t>(row)); }

 private:
  Batch graph_;
  std::shared_ptr<const std::vector<std::string>> nodes_;
};

struct Graph final : Dataset {
  std::string nodes, edges;
  std::string node_column = "node_id", label_column = "label", split_column = "split";
  std::string source_column = "source", target_column = "target";
  std::optional<std::string> weight_column;
  std::string feature_list = "features";
  std::vector<std::string> feature_columns;
  std::optional<int64_t> features;
  std::string train_value = "train", val_value = "val", test_value = "test", unused_value = "none";
  bool normalize_features = false;
  bool directed = false;

  std::vector<Field> fields() override {
    return {
        field("nodes", nodes, "Table of nodes with a header (CSV, TSV).", required(), not_empty(), is_path()),
        field("edges", edges, "Table of edges with a header, an edge once.", required(), not_empty(), is_path()),
        field("node_column", node_column, "Column of the nodes' names."),
        field("label_column", label_column, "Column of the classes, or of the numbers to predict."),
        field("split_column", split_column, "Column that says which split a node's label belongs to."),
        field("train_value", train_value, "Its value for training nodes."),
        field("val_value", val_value, "Its value for validation nodes."),
        field("test_value", test_value, "Its value for test nodes."),
        field("unused_value", unused_value, "Its value for nodes of no split; an empty cell says the same."),
        field("feature_list", feature_list,
              "Column that lists, between spaces, the numbers of the features that are 1; the others are 0."),
        field("feature_columns", feature_columns, "Numeric columns that are the features, instead of feature_list."),
        field("features", features, "Number of features of feature_list; one more than the largest where left open.",
              at_least(1)),
        field("normalize_features", normalize_features, "Divides the features of a node by their sum, unless it is 0."),
        field("source_column", source_column, "Column of an edge's first node."),
        field("target_column", target_column, "Column of an edge's second node."),
        field("weight_column", weight_column,
              "Column of an edge's weight, a number of at least 0; none: every edge is 1."),
        field("directed", directed, "Keeps the direction of edges; otherwise each leads both ways."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  [[noreturn]] void unknown_split(const CsvTable& table, int64_t row, int64_t column) const;
  at::Tensor read_features(const CsvTable& table, int64_t expected) const;
  void normalize(const CsvTable& table, at::Tensor& values) const;
  GraphEdges edges_of(const std::string& path, const CsvTable& node_table) const;
  at::Tensor read_labels(const CsvTable& table, const std::vector<bool>& used, bool classification,
                         std::vector<std::string>& classes) const;
};

// The whole numbers in a cell, between spaces.
std::vector<int64_t> numbers_in(const CsvTable& table, int64_t row, int64_t column) {
  const std::string_view cell = table.cell(row, column);
  std::vector<int64_t> numbers;
  const char *at = cell.data(), *end = at + cell.size();
  while (true) {
    while (at < end && *at == ' ') ++at;
    if (at == end) return numbers;
    int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || number < 0 || (next < end && *next != ' '))
      bad_line(table, row,
               "expected numbers of features between spaces, got '" + std::string(cell.substr(0, 60)) + "'");
    numbers.push_back(number);
    at = next;
  }
}

void set_edges(Batch& graph, const GraphEdges& edges) {
  graph.set("edge_index", edges.index, Rows::whole);
  if (edges.weight.defined()) graph.set("edge_weight", edges.weight, Rows::whole);
}

void check_memory(const CsvTable& table, int64_t width) {
  require_memory(table.path(), 4.0 * static_cast<double>(width) * static_cast<double>(table.rows()),
                 std::to_string(table.rows()) + " nodes with " + std::to_string(width) + " features");
}

// [N, F] float. `expected`: features the model was trained with; 0 when it is not.
at::Tensor Graph::read_features(const CsvTable& table, int64_t expected) const {
  at::Tensor result;
  if (!feature_columns.empty()) {
    const int64_t width = static_cast<int64_t>(feature_columns.size());
    check_memory(table, width);
    result = at::empty({table.rows(), width}, at::kFloat);
    for (int64_t c = 0; c < width; ++c) {
      const int64_t column = column_of(table, feature_columns[static_cast<size_t>(c)]);
      for (int64_t row = 0; row < table.rows(); ++row)
        result.data_ptr<float>()[row * width + c] = static_cast<float>(number_in(table, row, column));
    }
  } else {
    const int64_t column = column_of(table, feature_list);
    std::vector<std::vector<int64_t>> ones;
    int64_t width = features ? *features : expected;
    const bool open_end = width == 0;
    for (int64_t row = 0; row < table.rows(); ++row) {
      ones.push_back(numbers_in(table, row, column));
      for (int64_t one : ones.back()) {
        if (open_end) width = std::max(width, one + 1);
        if (one >= width)
          bad_line(table, row,
                   "feature " + std::to_string(one) + " is outside the " + std::to_string(width) + " features (0 to " +
                       std::to_string(width - 1) + ")");
      }
    }
    if (width == 0) bad_data(table.path(), "no node has a feature");
    check_memory(table, width);
    result = at::zeros({table.rows(), width}, at::kFloat);
    for (int64_t row = 0; row < table.rows(); ++row)
      for (int64_t one : ones[static_cast<size_t>(row)]) result.data_ptr<float>()[row * width + one] = 1.0f;
  }
  if (normalize_features) normalize(table, result);
  return result;
}

// Each row divided by its sum; what cannot be, or changes its signs by it, is told.
void Graph::normalize(const CsvTable& table, at::Tensor& values) const {
  at::Tensor sums = at::empty({values.size(0), 1}, at::kDouble);
  const float* value = values.const_data_ptr<float>();
  for (int64_t row = 0; row < values.size(0); ++row, value += values.size(1))  // at::sum makes doubles of all first
    sums.data_ptr<double>()[row] = std::accumulate(value, value + values.size(1), 0.0);
  const int64_t nothing = sums.eq(0).sum().item<int64_t>(), negative = sums.lt(0).sum().item<int64_t>();
  values.div_(sums.masked_fill(sums.eq(0), 1.0).to(at::kFloat));
  if (nothing > 0)
    log_info(fmt::format("{}: the features of {} of {} nodes sum to 0 and stay as they are (data.normalize_features)",
                         table.path(), nothing, table.rows()));
  if (negative > 0)
    log_warning(
        fmt::format("{}: the features of {} of {} nodes have a negative sum; divided by it they change their "
                    "signs (data.normalize_features)",
                    table.path(), negative, table.rows()));
}

GraphEdges Graph::edges_of(const std::string& path, const CsvTable& node_table) const {
  return read_edges(path, index_rows(node_table, column_of(node_table, node_column)),
                    {node_table.path(), source_column, target_column, weight_column, directed});
}

// [N] int64 classes, or [N, 1] float. Nodes no split uses may lack a label; theirs is 0.
at::Tensor Graph::read_labels(const CsvTable& table, const std::vector<bool>& used, bool classification,
                              std::vector<std::string>& classes) const {
  const int64_t column = column_of(table, label_column);
  if (!classification) {
    at::Tensor values = at::zeros({table.rows(), 1}, at::kFloat);
    for (int64_t row = 0; row < table.rows(); ++row)
      if (used[static_cast<size_t>(row)])
        values.data_ptr<float>()[row] = static_cast<float>(number_in(table, row, column));
    return values;
  }
  std::set<std::string> names;
  for (int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view label = table.cell(row, column);
    if (label.empty() && used[static_cast<size_t>(row)]) bad_line(table, row, "the label is missing");
    if (!label.empty()) names.emplace(label);
  }
  if (classes.empty()) classes = sort_classes(names);
  at::Tensor labels = at::zeros({table.rows()}, at::kLong);
  for (int64_t row = 0; row < table.rows(); ++row) {
    const auto place = std::find(classes.begin(), classes.end(), table.cell(row, column));
    if (place == classes.end() && used[static_cast<size_t>(row)])
      bad_line(table, row,
               "label '" + std::string(table.cell(row, column)) + "' is none of the " + std::to_string(classes.size()) +
                   " classes");
    labels.data_ptr<int64_t>()[row] = place == classes.end() ? 0 : place - classes.begin();
  }
  return labels;
}

void Graph::unknown_split(const CsvTable& table, int64_t row, int64_t column) const {
  const std::string cell(table.cell(row, column).substr(0, 60));
  const std::vector<std::string> known = {train_value, val_value, test_value, unused_value};
  const std::string near = nearest(cell, known);
  bad_line(
      table, row,
      "column '" + split_column + "': '" + cell + "' is none of " + join(known, ", ") +
          (near.empty() ? "; data.unused_value names what stands for no split" : "; did you mean '" + near + "'?"));
}

Splits Graph::open(const OpenOptions& options) const {
  const CsvTable table(nodes, {});
  const int64_t column = column_of(table, split_column);
  const std::string* values[] = {&train_value, &val_value, &test_value};
  at::Tensor masks = at::zeros({3, table.rows()}, at::kBool);
  std::vector<bool> used(static_cast<size_t>(table.rows()));
  for (int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = table.cell(row, column);
    for (int64_t s = 0; s < 3; ++s)
      if (cell == *values[s]) {
        masks.data_ptr<bool>()[s * table.rows() + row] = true;
        used[static_cast<size_t>(row)] = true;
      }
    if (!used[static_cast<size_t>(row)] && !cell.empty() && cell != unused_value) unknown_split(table, row, column);
  }

  Splits splits;
  DataInfo& info = splits.info;
  const bool fitted = !options.fitted.is_null();
  std::vector<std::string> classes;
  if (fitted) classes = options.fitted.at("classes").get<std::vector<std::string>>();
  const at::Tensor input = read_features(table, fitted ? options.fitted.at("features").get<int64_t>() : 0);
  const at::Tensor target = read_labels(table, used, options.classification, classes);
  const GraphEdges links = edges_of(edges, table);
  const auto names = std::make_shared<const std::vector<std::string>>(cells_of(table, column_of(table, node_column)));
  using Means = FieldInfo::Means;
  info.fields = {{"input", Means::numbers, {input.size(1)}, {}, Rows::whole},
                 {"target", Means::numbers, {1}, {}, Rows::whole},
                 {"edge_index", Means::edges, {2, -1}, {}, Rows::whole},
                 {"mask", Means::mask, {}, {}, Rows::whole}};
  if (links.weight.defined()) info.fields.push_back({"edge_weight", Means::numbers, {}, {}, Rows::whole});
  if (options.classification)
    info.fields[1] = {"target", Means::classes, {}, classes, Rows::whole};
  else
    info.targets = {label_column};
  info.fitted = {{"features", input.size(1)}, {"classes", classes}};
  const auto split = [&](int64_t s) -> std::shared_ptr<Split> {
    const at::Tensor mask = masks[s].clone();
    const int64_t marked = mask.sum().item<int64_t>();
    if (marked == 0) return nullptr;
    Batch graph;
    graph.set("input", input, Rows::whole);
    graph.set("target", target, Rows::whole);
    set_edges(graph, links);
    graph.set("mask", mask, Rows::whole);
    graph.count = marked;
    return std::make_shared<GraphSplit>(std::move(graph), names);
  };
  splits.train = split(0);
  splits.val = split(1);
  splits.test = split(2);
  if (!splits.train)
    bad_data(nodes, "no node has '" + train_value + "' in column '" + split_column + "', so there is none to train on");
  return splits;
}

// Paths: a table of nodes and a table of edges.
std::shared_ptr<Split> Graph::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  if (paths.size() != 2)
    throw UserError(ExitCode::usage, "a graph to predict is two files: its table of nodes and its table of edges");
  const CsvTable table(paths[0], {});
  Batch graph;
  graph.set("input", read_features(table, options.fitted.at("features").get<int64_t>()), Rows::whole);
  set_edges(graph, edges_of(paths[1], table));
  graph.set("mask", at::ones({table.rows()}, at::kBool), Rows::whole);
  if (graph["input"].size(1) != options.fitted.at("features").get<int64_t>())
    bad_data(paths[0], "has " + std::to_string(graph["input"].size(1)) + " features, the model was trained with " +
                           options.fitted.at("features").dump());
  graph.count = table.rows();
  const int64_t column = column_of(table, node_column);
  return std::make_shared<GraphSplit>(std::move(graph),
                                      std::make_shared<const std::vector<std::string>>(cells_of(table, column)));
}

const Registered<Dataset, Graph> graph_entry{"graph", "One graph from a table of nodes and a table of edges."};

}  // namespace
}  // namespace dlrun
