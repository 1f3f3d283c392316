// Changing models so that most of what comes out is a model still.

#include "model_mutator.h"

#include <random>

#include "onnx/check.h"
#include "onnx/file.h"
#include "onnx/operators/operator.h"
#include "tests/fake_files.h"

namespace dlrun::fuzz {
namespace {

class Mutator {
 public:
  Mutator(OnnxModel& model, unsigned seed) : model_(model), random_(seed) {}

  void run() {
    for (int change = 0; change <= below(3); ++change) {
      OnnxGraph& graph = pick_graph(model_.graph, 0);
      switch (below(8)) {
        case 0:
        case 1:
          change_tensor(graph);
          break;
        case 2:
        case 3:
          change_attribute(graph);
          break;
        case 4:
          change_wiring(graph);
          break;
        case 5:
          change_operator(graph);
          break;
        case 6:
          repeat_node(graph);
          break;
        default:
          put_into_loop(graph);
      }
    }
    if (below(20) == 0) model_.opsets[""] = oldest_onnx_opset + below(newest_onnx_opset - oldest_onnx_opset + 1);
  }

 private:
  int64_t below(int64_t limit) {
    return limit < 1 ? 0 : static_cast<int64_t>(random_() % static_cast<uint64_t>(limit));
  }
  template <class List>
  auto& any(List& list) {
    return list[static_cast<size_t>(below(std::ssize(list)))];
  }

  int64_t number() {
    static constexpr int64_t dear[] = {0,
                                       1,
                                       -1,
                                       2,
                                       3,
                                       -2,
                                       7,
                                       64,
                                       255,
                                       1 << 16,
                                       INT32_MAX,
                                       INT32_MIN,
                                       int64_t{1} << 32,
                                       int64_t{1} << 40,
                                       int64_t{1} << 62,
                                       INT64_MAX,
                                       INT64_MIN,
                                       INT64_MAX - 1};
    return below(3) == 0 ? any(dear) : below(9) - 4;
  }
  float real() {
    static constexpr float dear[] = {0, 1, -1, 0.5f, 1e-30f, 1e30f, -1e30f, INFINITY, -INFINITY, NAN, 3e9f, 1e19f};
    return any(dear);
  }

  OnnxGraph& pick_graph(OnnxGraph& graph, int depth) {
    for (OnnxNode& node : graph.nodes) {
      for (auto& [name, value] : node.attributes) {
        auto* inner = std::get_if<std::shared_ptr<OnnxGraph>>(&value);
        if (inner && depth < 4 && below(2) == 0) return pick_graph(**inner, depth + 1);
      }
    }
    return graph;
  }

  at::Tensor changed(at::Tensor tensor) {
    tensor = tensor.clone();
    switch (below(5)) {
      case 0: {  // Another shape, some elements kept.
        std::vector<int64_t> shape;
        for (int64_t rank = below(6); rank > 0; --rank) shape.push_back(below(8) == 0 ? 0 : 1 + below(4));
        const at::Tensor flat = tensor.flatten();
        at::Tensor result = at::zeros({c10::multiply_integers(shape)}, tensor.options());
        const int64_t kept = std::min(flat.numel(), result.numel());
        result.narrow(0, 0, kept).copy_(flat.narrow(0, 0, kept));
        return result.reshape(shape);
      }
      case 1: {
        static constexpr at::ScalarType types[] = {
            at::kFloat, at::kDouble, at::kHalf, at::kBFloat16,     at::kLong,        at::kInt,   at::kShort,
            at::kChar,  at::kByte,   at::kBool, at::kComplexFloat, at::kFloat8_e5m2, at::kUInt16};
        return tensor.to(any(types));
      }
      default: {
        if (tensor.numel() == 0) return tensor;
        const at::Tensor flat = tensor.view({-1});
        for (int64_t count = 1 + below(3); count > 0; --count) {
          at::Tensor element = flat[below(flat.numel())];
          if (at::isFloatingType(tensor.scalar_type()))
            element.fill_(real());
          else
            element.copy_(at::scalar_tensor(number(), at::kLong));
        }
        return tensor;
      }
    }
  }

  void change_tensor(OnnxGraph& graph) {
    if (graph.initializers.empty()) return;
    OnnxTensor& tensor = any(graph.initializers);
    tensor.value = changed(tensor.value);
    for (OnnxValueInfo& input : graph.inputs) {
      if (input.name != tensor.name) continue;
      input.type = at::ScalarType::Undefined;
      input.has_shape = false;
      input.shape.clear();
    }
  }

  void change_attribute(OnnxGraph& graph) {
    if (graph.nodes.empty()) return;
    OnnxNode& node = any(graph.nodes);
    static const char* const known[] = {"axis",
                                        "axes",
                                        "keepdims",
                                        "kernel_shape",
                                        "strides",
                                        "pads",
                                        "dilations",
                                        "group",
                                        "blocksize",
                                        "k",
                                        "alpha",
                                        "beta",
                                        "epsilon",
                                        "size",
                                        "p",
                                        "mode",
                                        "auto_pad",
                                        "ceil_mode",
                                        "output_padding",
                                        "output_shape",
                                        "batch_dims",
                                        "to",
                                        "perm",
                                        "transA",
                                        "num_groups",
                                        "hidden_size",
                                        "direction",
                                        "count_include_pad",
                                        "layout",
                                        "clip",
                                        "largest",
                                        "start",
                                        "end",
                                        "exclusive",
                                        "reverse"};
    if (node.attributes.empty() || below(4) == 0) {
      const std::string name = any(known);
      for (const auto& [key, value] : node.attributes)
        if (key == name) return;
      node.attributes.emplace_back(name, number());
      if (below(2) == 0) node.attributes.back().second = std::vector<int64_t>{number(), number()};
      return;
    }
    auto& [name, value] = any(node.attributes);
    if (auto* integer = std::get_if<int64_t>(&value)) *integer = number();
    if (auto* single = std::get_if<float>(&value)) *single = real();
    if (auto* tensor = std::get_if<at::Tensor>(&value)) *tensor = changed(*tensor);
    if (auto* list = std::get_if<std::vector<int64_t>>(&value)) change_list(*list, [&] { return number(); });
    if (auto* list = std::get_if<std::vector<float>>(&value)) change_list(*list, [&] { return real(); });
    if (below(12) == 0) node.attributes.erase(node.attributes.begin() + below(std::ssize(node.attributes)));
  }
  template <class Element, class Make>
  void change_list(std::vector<Element>& list, const Make& make) {
    if (list.empty() || below(4) == 0) list.push_back(make());
    if (below(6) == 0) list.pop_back();
    if (!list.empty()) any(list) = make();
  }

  // A value that node `index` may take.
  std::string value_before(const OnnxGraph& graph, size_t index) {
    std::vector<std::string> names;
    for (const OnnxValueInfo& input : graph.inputs) names.push_back(input.name);
    for (const OnnxTensor& tensor : graph.initializers) names.push_back(tensor.name);
    for (size_t i = 0; i < index; ++i)
      names.insert(names.end(), graph.nodes[i].outputs.begin(), graph.nodes[i].outputs.end());
    return names.empty() ? "" : any(names);
  }

  void change_wiring(OnnxGraph& graph) {
    if (graph.nodes.empty()) return;
    const auto index = static_cast<size_t>(below(std::ssize(graph.nodes)));
    std::vector<std::string>& inputs = graph.nodes[index].inputs;
    if (inputs.empty() || below(4) == 0) inputs.push_back("");
    if (below(8) == 0) inputs.pop_back();
    if (!inputs.empty()) any(inputs) = below(10) == 0 ? "" : value_before(graph, index);
  }

  void change_operator(OnnxGraph& graph) {
    if (graph.nodes.empty()) return;
    auto other = onnx_operators().begin();
    std::advance(other, below(std::ssize(onnx_operators())));
    any(graph.nodes).op = other->first;
  }

  // What a node gives goes into its like.
  void repeat_node(OnnxGraph& graph) {
    if (graph.nodes.empty() || graph.nodes.size() > 12) return;
    OnnxNode node = any(graph.nodes);
    const std::string fresh = "r" + std::to_string(random_());
    if (node.outputs.empty() || node.inputs.empty()) return;
    node.inputs[0] = graph.nodes.back().outputs.empty() ? node.inputs[0] : graph.nodes.back().outputs[0];
    for (size_t i = 0; i < node.outputs.size(); ++i) node.outputs[i] = fresh + "_" + std::to_string(i);
    graph.nodes.push_back(node);
    graph.outputs.push_back({node.outputs[0], at::ScalarType::Undefined, {}, false});
  }

  // The last node becomes the body of a loop that scans what it gives.
  void put_into_loop(OnnxGraph& graph) {
    if (graph.nodes.empty() || graph.nodes.back().outputs.empty()) return;
    const std::string fresh = "l" + std::to_string(random_());
    auto body = std::make_shared<OnnxGraph>();
    body->inputs = {{fresh + "i", at::kLong, {}}, {fresh + "c", at::kBool, {}}};
    body->nodes = {graph.nodes.back()};
    for (std::string& output : body->nodes[0].outputs)
      if (!output.empty()) output += fresh;
    if (below(2) == 0) body->nodes[0].inputs.empty() ? void() : void(any(body->nodes[0].inputs) = fresh + "i");
    body->outputs = {{fresh + "c", at::kBool, {}}, {body->nodes[0].outputs[0], at::ScalarType::Undefined, {}, false}};
    graph.initializers.push_back({fresh + "m", at::scalar_tensor(below(3) == 0 ? number() : below(4), at::kLong)});
    OnnxNode loop{"Loop", "", fresh, {fresh + "m", ""}, {graph.nodes.back().outputs[0]}, {{"body", body}}};
    graph.nodes.back() = loop;
  }

  OnnxModel& model_;
  std::mt19937_64 random_;
};

// The bytes of the model; empty when it breaks a rule of models.
std::string bytes_of(const OnnxModel& model) {
  if (!problem_of(model).empty()) return "";
  test::FakeFiles files;
  files.install();
  try {
    write_onnx(model, "/m");
    return std::string(files.map("/m").text());
  } catch (const UserError&) {
    return "";
  }
}

}  // namespace

std::string mutated_model(Bytes bytes, unsigned seed) {
  OnnxModel model;
  try {
    model = read_onnx(file_of(bytes), "/no/such/folder/m.onnx");
    Mutator(model, seed).run();
  } catch (const UserError&) {
    return "";
  } catch (const c10::Error&) {  // A conversion that ATen does not have.
    return "";
  }
  return bytes_of(model);
}

}  // namespace dlrun::fuzz
