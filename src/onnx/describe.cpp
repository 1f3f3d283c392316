// The verb describe for an ONNX file.

#include "onnx/describe.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/units.h"
#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "onnx/text.h"

namespace dlrun {
namespace {

struct Totals {
  std::map<std::string, int64_t> operators;  // how many nodes, subgraphs included
  int64_t nodes = 0, weights = 0, numbers = 0;
  uint64_t bytes = 0;
};

void count(const OnnxGraph& graph, Totals& totals) {
  for (const OnnxTensor& tensor : graph.initializers) {
    ++totals.weights;
    totals.numbers += tensor.value.numel();
    totals.bytes += tensor.value.nbytes();
  }
  for (const OnnxNode& node : graph.nodes) {
    ++totals.nodes;
    ++totals.operators[node.domain.empty() ? node.op : node.domain + "." + node.op];
    for (const auto& [name, value] : node.attributes)
      if (const auto* subgraph = std::get_if<std::shared_ptr<OnnxGraph>>(&value)) count(**subgraph, totals);
  }
}

// Why dlrun cannot run it; "" where it can.
std::string obstacle(const OnnxModel& model) {
  try {
    const OnnxEvaluator evaluator(model);
    return "";
  } catch (const UserError& error) {
    return error.what();
  }
}

std::vector<OnnxValueInfo> inputs_of(const OnnxGraph& graph) {
  std::vector<OnnxValueInfo> inputs;
  for (const OnnxValueInfo& input : graph.inputs)
    if (std::none_of(graph.initializers.begin(), graph.initializers.end(),
                     [&](const OnnxTensor& tensor) { return tensor.name == input.name; }))
      inputs.push_back(input);
  return inputs;
}

void print_json(const std::string& file, const OnnxModel& model, const Totals& totals, const std::string& obstacle) {
  const auto list = [](const std::vector<OnnxValueInfo>& values) {
    nlohmann::ordered_json records = nlohmann::ordered_json::array();
    for (const OnnxValueInfo& value : values)
      records.push_back({{"name", value.name}, {"dtype", type_text(value)}, {"shape", shape_text(value)}});
    return records;
  };
  nlohmann::ordered_json record = {{"event", "describe"},
                                   {"version", 1},
                                   {"file", file},
                                   {"ir_version", model.ir_version},
                                   {"opsets", model.opsets},
                                   {"producer", model.producer_name},
                                   {"nodes", totals.nodes},
                                   {"operators", totals.operators},
                                   {"weights", totals.weights},
                                   {"numbers", totals.numbers},
                                   {"bytes", totals.bytes},
                                   {"inputs", list(inputs_of(model.graph))}};
  record["outputs"] = list(model.graph.outputs);
  for (const auto& [key, value] : model.metadata) record["metadata"][key] = value;
  record["runs"] = obstacle.empty();
  if (!obstacle.empty()) record["obstacle"] = obstacle;
  fmt::print("{}\n", record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const std::string& file, const OnnxModel& model, const Totals& totals, const std::string& obstacle) {
  const auto opset = model.opsets.find("");
  fmt::print(
      "{}: {}IR {}{}\n", file, opset == model.opsets.end() ? "" : fmt::format("opset {}, ", opset->second),
      model.ir_version,
      model.producer_name.empty() ? "" : ", by " + visible(model.producer_name + " " + model.producer_version, false));
  Table values({{"value"}, {"name"}, {"type"}, {"shape"}});
  for (const OnnxValueInfo& input : inputs_of(model.graph))
    values.row({"input", input.name, type_text(input), shape_text(input)});
  for (const OnnxValueInfo& output : model.graph.outputs)
    values.row({"output", output.name, type_text(output), shape_text(output)});
  const int width = terminal(stdout).width;
  fmt::print("{}\n", values.text(width));
  Table operators({{"operator"}, {"nodes", Table::Align::right}});
  for (const auto& [name, nodes] : totals.operators) operators.row({name, count_text(nodes)});
  operators.line();
  operators.row({"total", count_text(totals.nodes)});
  fmt::print("{}\n", operators.text(width));
  fmt::print("{} numbers in {} weights, {}\n", count_text(totals.numbers), count_text(totals.weights),
             bytes_text(totals.bytes));
  std::string keys;
  for (const auto& [key, value] : model.metadata) keys += (keys.empty() ? "" : ", ") + key;
  if (!keys.empty()) fmt::print("metadata: {}\n", visible(keys, false));
  fmt::print("{}\n", obstacle.empty() ? "dlrun can run it" : obstacle);
}

}  // namespace
}  // namespace dlrun

int dlrun_describe_model(const dlrun::DescribeModelOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  const OnnxModel model = read_onnx(options.file);
  Totals totals;
  count(model.graph, totals);
  (options.json ? print_json : print_text)(options.file, model, totals, obstacle(model));
  return 0;
}
