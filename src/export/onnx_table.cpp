// A table's columns as the inputs of a file.

#include "export/onnx_table.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/categories.h"
#include "onnx/evaluator.h"
#include "onnx/front.h"

namespace dlrun {
namespace {

using Column = TableEncoder::Column;

constexpr int64_t unknown = -1, refused = -2;  // labels of cells that are no category

std::set<std::string> names_in(const OnnxGraph& graph) {
  std::set<std::string> names;
  for (const OnnxTensor& tensor : graph.initializers) names.insert(tensor.name);
  for (const OnnxNode& node : graph.nodes) names.insert(node.outputs.begin(), node.outputs.end());
  // What is added behind the network later.
  names.insert({"input", "output", "probabilities", "value"});
  return names;
}

// Nodes and constants of a front, with names of their own.
class Writer {
 public:
  std::string add(const std::string& op, std::vector<std::string> inputs,
                  std::vector<std::pair<std::string, OnnxAttributeValue>> attributes = {}, std::string output = "") {
    OnnxNode& node = nodes.emplace_back();
    node.op = op;
    node.name = fmt::format("{}{}_{}", front_prefix, op, nodes.size());
    node.inputs = std::move(inputs);
    node.outputs = {output.empty() ? node.name + "_output" : std::move(output)};
    node.attributes = std::move(attributes);
    return node.outputs[0];
  }
  std::string constant(const at::Tensor& value) {
    constants.push_back({fmt::format("preprocessing.{}", constants.size()), value.contiguous()});
    return constants.back().name;
  }
  std::string either(const std::string& one, const std::string& other) {
    return one.empty() ? other : other.empty() ? one : add("Or", {one, other});
  }
  std::string concat(const std::vector<std::string>& parts) {
    return parts.size() == 1 ? parts[0] : add("Concat", parts, {{"axis", int64_t{1}}});
  }

  std::vector<OnnxNode> nodes;
  std::vector<OnnxTensor> constants;
};

// Some features of the network's input, beside one another, and which ones they are.
struct Block {
  std::string value;
  std::vector<int64_t> features;
};

// Whether predict would refuse a cell of it.
bool refuses_missing(const Column& column) { return column.missing == "error" || column.missing == "drop_row"; }

class FrontBuilder {
 public:
  FrontBuilder(const TableEncoder& encoder, const std::vector<std::string>& inputs)
      : encoder_(encoder), inputs_(inputs) {}

  Writer writer;
  std::string refusal;  // bool [batch, 1]: rows that have no answer; "" where every row has one

  void build() {
    add_numbers();
    int64_t feature = 0;
    for (size_t i = 0; i < encoder_.columns().size(); ++i) {
      const Column& column = encoder_.columns()[i];
      if (!column.is_number()) add_categories(column, inputs_[i], feature);
      feature += column.width();
    }
    if (feature == 0) {  // A network of ids alone: of its input only the number of rows is asked for.
      const auto place = [&](int64_t value) { return writer.constant(at::tensor({value})); };
      writer.add("Slice", {cast(label_), place(0), place(0), place(1)}, {}, "input");
      return;
    }
    std::vector<std::string> values;
    std::vector<int64_t> order(static_cast<size_t>(feature)), have;
    for (const Block& block : blocks_) {
      values.push_back(block.value);
      have.insert(have.end(), block.features.begin(), block.features.end());
    }
    for (size_t place = 0; place < have.size(); ++place)
      order[static_cast<size_t>(have[place])] = static_cast<int64_t>(place);
    const std::string joined = writer.concat(values);
    if (std::is_sorted(have.begin(), have.end()))
      writer.add("Identity", {joined}, {}, "input");
    else
      writer.add("Gather", {joined, writer.constant(at::tensor(order))}, {{"axis", int64_t{1}}}, "input");
  }

 private:
  // All columns of numbers at once: (number - offset) / scale in double, as the encoder does it.
  void add_numbers() {
    std::vector<std::string> given;
    std::vector<double> fill, offset, scale;
    std::vector<int64_t> indicated;
    Block numbers, indicators;
    bool refuses = false;
    std::vector<double> refusing;
    int64_t feature = 0;
    for (size_t i = 0; i < encoder_.columns().size(); ++i) {
      const Column& column = encoder_.columns()[i];
      if (column.is_number()) {
        numbers.features.push_back(feature);
        if (column.indicator) {
          indicated.push_back(static_cast<int64_t>(given.size()));
          indicators.features.push_back(feature + 1);
        }
        given.push_back(inputs_[i]);
        fill.push_back(column.fill);
        offset.push_back(column.offset);
        scale.push_back(column.scale);
        refusing.push_back(refuses_missing(column) ? 1.0 : 0.0);
        refuses = refuses || refuses_missing(column);
      }
      feature += column.width();
    }
    if (given.empty()) return;
    const auto row = [&](const std::vector<double>& values) {
      return writer.constant(at::tensor(values, at::kDouble).unsqueeze(0));
    };
    const std::string x = writer.concat(given), missing = writer.add("IsNaN", {x});
    const std::string known = writer.add("Where", {missing, row(fill), x});
    const std::string scaled = writer.add("Div", {writer.add("Sub", {known, row(offset)}), row(scale)});
    numbers.value = cast(scaled);
    blocks_.push_back(numbers);
    const std::string missed = indicated.empty() && !refuses ? "" : cast(missing);
    if (!indicated.empty()) {
      indicators.value = writer.add("Gather", {missed, writer.constant(at::tensor(indicated))}, {{"axis", int64_t{1}}});
      blocks_.push_back(indicators);
    }
    if (!refuses) return;
    // A row is refused where one of these columns misses its number: their count is above 0.
    const at::Tensor weights = at::tensor(refusing, at::kFloat).unsqueeze(1);
    const std::string count = writer.add("MatMul", {missed, writer.constant(weights)});
    refusal = writer.either(refusal, writer.add("Greater", {count, writer.constant(at::zeros({1}))}));
  }

  void add_categories(const Column& column, const std::string& given, int64_t feature) {
    const bool refuses = refuses_missing(column) || encoder_.refuses_unknown();
    std::vector<std::string> keys;
    std::vector<int64_t> values;
    std::set<std::string> listed;
    const auto add = [&](const std::string& key, int64_t value) {
      if (!listed.insert(key).second) return;
      keys.push_back(key);
      values.push_back(value);
    };
    for (const std::string& word : encoder_.missing_values())
      add(word, refuses_missing(column) ? refused : column.missing_category);
    for (size_t k = 0; k < column.categories.size(); ++k) add(column.categories[k], static_cast<int64_t>(k));
    const std::string label = writer.add("LabelEncoder", {given},
                                         {{"keys_strings", keys},
                                          {"values_int64s", values},
                                          {"default_int64", encoder_.refuses_unknown() ? refused : unknown}});
    writer.nodes.back().domain = "ai.onnx.ml";
    label_ = label;
    if (refuses) refusal = writer.either(refusal, writer.add("Equal", {label, integer(refused)}));
    const auto count = static_cast<int64_t>(column.categories.size());
    if (column.index) {
      std::string id = writer.add("Add", {label, integer(1)});
      if (refuses) id = writer.add("Max", {id, integer(0)});
      writer.add("Reshape", {id, writer.constant(at::tensor({int64_t{-1}}))}, {},
                 std::string(category_prefix) + column.name);
      return;
    }
    Block block;
    block.value = cast(writer.add("Equal", {label, writer.constant(at::arange(count).unsqueeze(0))}));
    block.features.resize(column.categories.size());
    std::iota(block.features.begin(), block.features.end(), feature);
    blocks_.push_back(block);
  }

  std::string cast(const std::string& value) { return writer.add("Cast", {value}, {{"to", int64_t{1}}}); }
  std::string integer(int64_t value) { return writer.constant(at::tensor({value})); }

  const TableEncoder& encoder_;
  const std::vector<std::string>& inputs_;
  std::vector<Block> blocks_;
  std::string label_;  // of some column of categories
};

// Every answer of the model becomes NaN in rows that have none.
void guard(OnnxGraph& graph, const std::string& refusal, Writer& writer) {
  const std::string nothing = writer.constant(at::full({1}, std::numeric_limits<float>::quiet_NaN()));
  for (const OnnxValueInfo& output : graph.outputs) {
    TORCH_CHECK(output.shape.size() == 2 && output.type == at::kFloat, "an answer about a row that is no row");
    const std::string answered = output.name + "_answered";
    for (OnnxNode& node : graph.nodes) {
      std::replace(node.inputs.begin(), node.inputs.end(), output.name, answered);
      std::replace(node.outputs.begin(), node.outputs.end(), output.name, answered);
    }
    OnnxNode& node = graph.nodes.emplace_back();
    node.op = "Where";
    node.name = std::string(guard_prefix) + output.name;
    node.inputs = {refusal, nothing, answered};
    node.outputs = {output.name};
  }
}

}  // namespace

TableFront::TableFront(TableEncoder encoder) : encoder_(std::move(encoder)) {
  for (const Column& column : encoder_.columns()) {
    if (!column.formula && column.date_part.empty()) continue;
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("export.include_preprocessing: column '{}' holds {}, which no operators of ONNX read; "
                                "leave it out of the data (data.drop) or leave this option out",
                                column.name, column.formula ? "formulas" : "dates"));
  }
}

void TableFront::put_before(OnnxModel& model) {
  OnnxGraph& graph = model.graph;
  std::set<std::string> names = names_in(graph);
  std::vector<std::string> renamed;
  inputs_.clear();
  OnnxDimension batch = graph.inputs.at(0).shape.at(0);
  graph.inputs.clear();
  for (const Column& column : encoder_.columns()) {
    std::string name = column.name;
    while (!names.insert(name).second) name = "column." + name;
    if (name != column.name) renamed.push_back("'" + name + "'");
    inputs_.push_back(name);
    OnnxValueInfo& input = graph.inputs.emplace_back();
    input.name = name;
    input.text = !column.is_number();
    input.type = input.text ? at::ScalarType::Undefined : at::kDouble;
    input.shape = {batch, int64_t{1}};
  }
  if (!renamed.empty())
    log_warning(
        fmt::format("export: columns whose names the model needs itself have another there: {}", join(renamed, ", ")));
  FrontBuilder front(encoder_, inputs_);
  front.build();
  if (!front.refusal.empty()) guard(graph, front.refusal, front.writer);
  graph.nodes.insert(graph.nodes.begin(), front.writer.nodes.begin(), front.writer.nodes.end());
  graph.initializers.insert(graph.initializers.end(), front.writer.constants.begin(), front.writer.constants.end());
  if (std::any_of(graph.inputs.begin(), graph.inputs.end(), [](const OnnxValueInfo& input) { return input.text; }))
    model.opsets["ai.onnx.ml"] = 2;
}

TableCells TableFront::cells(const SourceRows& rows, std::span<const int64_t> samples) const {
  TableCells cells;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Column& column = encoder_.columns()[i];
    const int64_t place = rows.inputs.at(i).place;
    if (!column.is_number()) {
      for (const int64_t sample : samples) cells.texts[inputs_[i]].emplace_back(rows.cell(sample, place));
      continue;
    }
    std::vector<double> numbers;
    for (const int64_t sample : samples) {
      const std::string_view cell = rows.cell(sample, place);
      const std::optional<double> number =
          rows.missing.contains(cell) ? std::nullopt : column.number(cell, encoder_.format());
      numbers.push_back(number.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    cells.numbers[inputs_[i]] = at::tensor(numbers, at::kDouble).unsqueeze(1);
  }
  return cells;
}

ParityReport check_cells(const ParityRequest& request, const TableFront& front, OnnxModel file) {
  const c10::NoGradGuard no_gradients;
  const std::vector<OnnxNode> encoders = take_label_encoders(file);
  const OnnxEvaluator evaluator(std::move(file));
  const Experiment& experiment = request.experiment;
  const SourceRows* rows = experiment.samples(request.split)->rows_written();
  TORCH_CHECK(rows, "a table whose rows are not kept");
  const std::unique_ptr<Loader> loader = experiment.plain_loader(request.split, 64);
  loader->seek(0);
  const bool training = experiment.network->training();
  experiment.network->set_training(false);
  ParityReport report;
  while (report.samples < request.samples) {
    const std::optional<Batch> batch = loader->next();
    if (!batch) break;
    const Batch expected = request.subject.forward(experiment.place(*batch));
    const TableCells cells = front.cells(*rows, batch->ids);
    std::map<std::string, at::Tensor> inputs = cells.numbers;
    for (const OnnxNode& encoder : encoders)
      inputs[encoder.outputs[0]] = labels_of(encoder, cells.texts.at(encoder.inputs[0]));
    const auto ours = evaluator.run(inputs);
    const auto theirs = request.witness ? request.witness->run(cells.numbers, cells.texts) : ours;
    for (const auto& [name, value] : expected.tensors()) {
      const OutputDifference gap = output_difference(value, ours.at(name), request.tolerance);
      const OutputDifference other = output_difference(value, theirs.at(name), request.tolerance);
      report.join({0, gap.absolute, gap.relative, other.absolute, other.relative, {}});
      if (gap.within && other.within) continue;
      throw UserError(
          ExitCode::bug,
          fmt::format("export: the ONNX model does not answer to the cells of a table as the trained network "
                      "does: \"{}\" differs by {:.3g}{}, and export.tolerance is {:g}. Nothing was written",
                      name, gap.within ? other.absolute : gap.absolute, gap.within ? " in onnxruntime" : "",
                      request.tolerance));
    }
    report.samples += static_cast<int64_t>(batch->ids.size());
  }
  experiment.network->set_training(training);
  return report;
}

}  // namespace dlrun
