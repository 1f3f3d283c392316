// An ONNX model in memory: the parts of onnx.proto (opset 13 and later, IR 8 to 10) that networks are made of.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dlrun {

struct OnnxGraph;

// A named constant. Weights are initializers; constants of strings are not supported, inputs of strings are.
struct OnnxTensor {
  std::string name;
  at::Tensor value;  // on the CPU, contiguous
};

using OnnxAttributeValue = std::variant<int64_t, float, std::string, at::Tensor, std::shared_ptr<OnnxGraph>,
                                        std::vector<int64_t>, std::vector<float>, std::vector<std::string>>;

// inputs and outputs are names of values; "" leaves an optional one out.
struct OnnxNode {
  std::string op;      // "Conv"
  std::string domain;  // "" is ai.onnx
  std::string name;    // unique in the graph: "/features.0/Conv"; the module it stands for is between the slashes
  std::vector<std::string> inputs, outputs;
  std::vector<std::pair<std::string, OnnxAttributeValue>> attributes;
};

using OnnxDimension = std::variant<int64_t, std::string>;  // a size, or the name of a dynamic one; "" has none

struct OnnxValueInfo {
  std::string name;
  at::ScalarType type = at::kFloat;  // Undefined: not said, as in many subgraphs, or `text`
  std::vector<OnnxDimension> shape;
  bool has_shape = true;
  bool text = false;  // strings, of which ATen has no tensors
};

struct OnnxGraph {
  std::string name;
  std::vector<OnnxNode> nodes;  // every node after those it takes values from
  std::vector<OnnxTensor> initializers;
  std::vector<OnnxValueInfo> inputs, outputs;
};

struct OnnxModel {
  int64_t ir_version = 8;
  std::map<std::string, int64_t> opsets = {{"", 17}};  // by domain
  std::string producer_name, producer_version;
  std::vector<std::pair<std::string, std::string>> metadata;
  OnnxGraph graph;
};

}  // namespace dlrun
