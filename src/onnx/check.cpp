// Names, scopes and order of an ONNX model: one walk in the order of execution.

#include "onnx/check.h"

#include <fmt/format.h>

#include <set>
#include <unordered_set>

namespace dlrun {
namespace {

struct Checker {
  const OnnxModel& model;
  std::vector<std::unordered_set<std::string_view>> scopes = {};  // of the graphs around us, outermost first

  bool known(std::string_view name) const {
    for (const auto& scope : scopes) {
      if (scope.contains(name)) return true;
    }
    return false;
  }

  // `place` ends with a dot, or is empty.
  std::string add(const std::string& place, const std::string& name) {
    if (name.empty()) return place + "a value without a name";
    if (scopes.back().insert(name).second) return "";
    return fmt::format("{}'{}' is the name of two values", place, name);
  }

  static std::string made_later(const OnnxGraph& graph, size_t index, const std::string& name) {
    for (size_t later = index; later < graph.nodes.size(); ++later) {
      for (const std::string& output : graph.nodes[later].outputs) {
        if (output != name) continue;
        return fmt::format("takes '{}', which node[{}] makes later: a cycle, or nodes out of order", name, later);
      }
    }
    return fmt::format("takes '{}', which nothing makes", name);
  }

  std::string check_node(const OnnxGraph& graph, size_t index, const std::string& graph_place) {
    const OnnxNode& node = graph.nodes[index];
    const std::string place = fmt::format("{}node[{}] '{}' ({}): ", graph_place, index, node.name, node.op);
    if (node.op.empty()) return place + "it names no operator";
    if (!model.opsets.contains(node.domain)) {
      return fmt::format("{}the model says no opset for its domain '{}'", place, node.domain);
    }
    for (const std::string& input : node.inputs) {
      if (!input.empty() && !known(input)) return place + made_later(graph, index, input);
    }
    std::set<std::string_view> names;
    for (const auto& [name, value] : node.attributes) {
      if (name.empty()) return place + "an attribute without a name";
      if (!names.insert(name).second) return fmt::format("{}attribute '{}' stands there twice", place, name);
      const auto* subgraph = std::get_if<std::shared_ptr<OnnxGraph>>(&value);
      if (!subgraph) continue;
      if (!*subgraph) return fmt::format("{}attribute '{}' holds no graph", place, name);
      std::string problem = check(**subgraph, fmt::format("{}node[{}].{}.", graph_place, index, name));
      if (!problem.empty()) return problem;
    }
    for (const std::string& output : node.outputs) {
      if (output.empty()) continue;
      std::string problem = add(place, output);
      if (!problem.empty()) return problem;
    }
    return "";
  }

  std::string check(const OnnxGraph& graph, const std::string& place) {
    scopes.emplace_back();
    std::string problem;
    for (const OnnxValueInfo& input : graph.inputs) {
      if (problem.empty()) problem = add(place + "input: ", input.name);
    }
    std::unordered_set<std::string_view> initializers;
    for (const OnnxTensor& initializer : graph.initializers) {
      if (!problem.empty()) break;
      if (!initializers.insert(initializer.name).second) {
        problem = fmt::format("{}initializer: '{}' is the name of two values", place, initializer.name);
      } else if (!scopes.back().contains(initializer.name)) {  // An input's initializer is its default.
        problem = add(place + "initializer: ", initializer.name);
      }
    }
    for (size_t i = 0; problem.empty() && i < graph.nodes.size(); ++i) problem = check_node(graph, i, place);
    std::unordered_set<std::string_view> outputs;
    for (size_t i = 0; problem.empty() && i < graph.outputs.size(); ++i) {
      const std::string& name = graph.outputs[i].name;
      if (!known(name)) {
        problem = fmt::format("{}output[{}]: nothing makes '{}'", place, i, name);
      } else if (!outputs.insert(name).second && scopes.size() == 1) {
        problem = fmt::format("{}output[{}]: '{}' is given twice", place, i, name);
      }
    }
    scopes.pop_back();
    return problem;
  }
};

}  // namespace

std::string problem_of(const OnnxModel& model) { return Checker{model}.check(model.graph, "graph."); }

}  // namespace dlrun
