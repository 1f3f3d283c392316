// What stands in front of a network in an exported file.

#include "onnx/front.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

namespace dlrun {
namespace {

using Names = std::set<std::string, std::less<>>;

void rename(OnnxGraph& graph, const std::string& from, const std::string& to) {
  for (OnnxNode& node : graph.nodes) {
    std::replace(node.inputs.begin(), node.inputs.end(), from, to);
    std::replace(node.outputs.begin(), node.outputs.end(), from, to);
  }
}

Names taken_by(const std::vector<OnnxNode>& nodes) {
  Names names;
  for (const OnnxNode& node : nodes) names.insert(node.inputs.begin(), node.inputs.end());
  return names;
}

OnnxValueInfo untyped(const std::string& name) {
  OnnxValueInfo info;
  info.name = name;
  info.type = at::ScalarType::Undefined;
  info.has_shape = false;
  return info;
}

// Inputs and constants that nobody takes any more.
void drop_unused(OnnxGraph& graph) {
  const Names taken = taken_by(graph.nodes);
  std::erase_if(graph.inputs, [&](const OnnxValueInfo& input) { return !taken.contains(input.name); });
  std::erase_if(graph.initializers, [&](const OnnxTensor& tensor) { return !taken.contains(tensor.name); });
}

template <class Value>
const Value& attribute(const OnnxNode& node, const char* name) {
  const auto found = std::find_if(node.attributes.begin(), node.attributes.end(),
                                  [&](const auto& each) { return each.first == name; });
  TORCH_CHECK(found != node.attributes.end(), node.name, " without ", name);
  return std::get<Value>(found->second);
}

}  // namespace

OnnxModel without_front(OnnxModel model) {
  OnnxGraph& graph = model.graph;
  std::vector<OnnxNode> guards, front, rest;
  for (OnnxNode& node : graph.nodes)
    (node.name.starts_with(guard_prefix)   ? guards
     : node.name.starts_with(front_prefix) ? front
                                           : rest)
        .push_back(std::move(node));
  graph.nodes = std::move(rest);
  for (const OnnxNode& guard : guards) rename(graph, guard.inputs.at(2), guard.outputs.at(0));
  const Names taken = taken_by(graph.nodes);
  for (const OnnxNode& node : front)
    for (const std::string& output : node.outputs)
      if (taken.contains(output)) graph.inputs.push_back(untyped(output));
  drop_unused(graph);
  return model;
}

std::vector<OnnxNode> take_label_encoders(OnnxModel& model) {
  std::vector<OnnxNode> encoders, rest;
  for (OnnxNode& node : model.graph.nodes)
    (node.domain == "ai.onnx.ml" && node.op == "LabelEncoder" ? encoders : rest).push_back(std::move(node));
  model.graph.nodes = std::move(rest);
  for (const OnnxNode& encoder : encoders) model.graph.inputs.push_back(untyped(encoder.outputs.at(0)));
  drop_unused(model.graph);
  return encoders;
}

at::Tensor labels_of(const OnnxNode& encoder, const std::vector<std::string>& cells) {
  const auto& keys = attribute<std::vector<std::string>>(encoder, "keys_strings");
  const auto& values = attribute<std::vector<int64_t>>(encoder, "values_int64s");
  std::unordered_map<std::string_view, int64_t> known;
  for (size_t i = 0; i < keys.size(); ++i) known.emplace(keys[i], values.at(i));
  const int64_t otherwise = attribute<int64_t>(encoder, "default_int64");
  at::Tensor labels = at::empty({static_cast<int64_t>(cells.size()), 1}, at::kLong);
  int64_t* label = labels.data_ptr<int64_t>();
  for (const std::string& cell : cells) {
    const auto found = known.find(cell);
    *label++ = found == known.end() ? otherwise : found->second;
  }
  return labels;
}

}  // namespace dlrun
