// Puts an ONNX graph together.

#include "onnx/graph_builder.h"

#include <numeric>

#include "base/error.h"

namespace dlrun {
namespace {

// Constants of up to this many numbers are looked for among those that exist.
constexpr int64_t kShared = 64;

std::string content_key(const at::Tensor& value) {
  std::string key = std::to_string(static_cast<int>(value.scalar_type()));
  for (const int64_t size : value.sizes()) key += "," + std::to_string(size);
  return key + ":" + std::string(static_cast<const char*>(value.const_data_ptr()), value.nbytes());
}

}  // namespace

std::string GraphBuilder::unique(const std::string& wanted) {
  const int count = names_[wanted]++;
  return count == 0 ? wanted : wanted + "_" + std::to_string(count);
}

std::string GraphBuilder::add(const std::string& op, const std::vector<std::string>& inputs,
                              const OnnxAttributes& attributes) {
  return add_many(op, inputs, 1, attributes).front();
}

std::vector<std::string> GraphBuilder::add_many(const std::string& op, const std::vector<std::string>& inputs,
                                                size_t outputs, const OnnxAttributes& attributes) {
  OnnxNode node;
  node.op = op;
  node.name = unique((module_.empty() ? "/" : "/" + module_ + "/") + op);
  node.inputs = inputs;
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  for (size_t i = 0; i < outputs; ++i)
    node.outputs.push_back(unique(node.name + "_output" + (outputs > 1 ? std::to_string(i) : "")));
  node.attributes = attributes;
  graph_.nodes.push_back(node);
  return node.outputs;
}

void GraphBuilder::initializer(const std::string& name, const at::Tensor& value) {
  TORCH_CHECK(unique(name) == name, "two initializers named ", name);
  graph_.initializers.push_back({name, value.is_meta() ? value.detach() : value.detach().cpu().contiguous()});
}

std::string GraphBuilder::constant(const at::Tensor& value) {
  const at::Tensor stored = value.detach().cpu().contiguous();
  onnx_type(stored.scalar_type());
  const auto store = [&] {
    const std::string name = unique("constant");
    graph_.initializers.push_back({name, stored});
    return name;
  };
  return stored.numel() > kShared ? store() : once("constant " + content_key(stored), store);
}

std::string GraphBuilder::scalar(const at::Scalar& value, at::ScalarType type) {
  return constant(at::full({}, value, type));
}

std::string GraphBuilder::integers(const std::vector<int64_t>& values) {
  return constant(at::tensor(values, at::kLong));
}

std::string GraphBuilder::dimension(size_t index) {
  const DynamicSize& size = dimensions_[index];
  return once("dimension " + size.name, [&] {
    const std::string shape = once("shape of " + size.input, [&] { return add("Shape", {size.input}); });
    return add("Gather", {shape, integers({size.axis})}, {{"axis", int64_t{0}}});
  });
}

std::string GraphBuilder::one_number(const Integer& value) {
  if (value.fixed()) return integers({value.value()});
  std::string key = "number";
  for (size_t i = 0; i < value.recordings(); ++i) key += " " + std::to_string(value.in(i));
  return once(key, [&] {
    const std::optional<SizeExpression> expression = fit(value, dimensions_);
    if (!expression)
      throw UserError(ExitCode::bad_recipe, "a number follows the size of the input in no simple way (" +
                                                std::to_string(value.in(0)) + ", " + std::to_string(value.in(1)) +
                                                ", ...)");
    std::string sum;
    for (const SizeExpression::Term& term : expression->terms) {
      std::string part = dimension(term.dimensions[0]);
      if (term.dimensions.size() > 1) part = add("Mul", {part, dimension(term.dimensions[1])});
      if (term.factor != 1) part = add("Mul", {part, integers({term.factor})});
      sum = sum.empty() ? part : add("Add", {sum, part});
    }
    return expression->offset == 0 ? sum : add("Add", {sum, integers({expression->offset})});
  });
}

std::string GraphBuilder::list(const std::vector<Integer>& values) {
  std::vector<std::string> parts;
  std::vector<int64_t> fixed;
  const auto flush = [&] {
    if (!fixed.empty()) parts.push_back(integers(fixed));
    fixed.clear();
  };
  for (const Integer& value : values) {
    if (value.fixed()) {
      fixed.push_back(value.value());
      continue;
    }
    flush();
    parts.push_back(one_number(value));
  }
  flush();
  if (parts.empty()) return integers({});
  return parts.size() == 1 ? parts.front() : add("Concat", parts, {{"axis", int64_t{0}}});
}

std::string GraphBuilder::number(const Integer& value) {
  if (value.fixed()) return scalar(value.value(), at::kLong);
  const std::string one = one_number(value);
  return once("scalar " + one, [&] { return squeeze(one, {0}); });
}

std::string GraphBuilder::cast(const std::string& x, at::ScalarType from, at::ScalarType to) {
  return from == to ? x : add("Cast", {x}, {{"to", onnx_type(to)}});
}

std::string GraphBuilder::transposed(const std::string& x) {
  const auto found = untransposed_.find(x);
  return found != untransposed_.end() ? found->second : transpose(x, {1, 0});
}

std::string GraphBuilder::transpose(const std::string& x, const std::vector<int64_t>& order) {
  std::vector<int64_t> same(order.size());
  std::iota(same.begin(), same.end(), 0);
  if (order == same) return x;
  if (order != std::vector<int64_t>{1, 0}) return add("Transpose", {x}, {{"perm", order}});
  const auto found = untransposed_.find(x);
  if (found != untransposed_.end()) return found->second;
  return once("transposed " + x, [&] {
    const std::string result = add("Transpose", {x}, {{"perm", order}});
    untransposed_[result] = x;
    return result;
  });
}

std::string GraphBuilder::squeeze(const std::string& x, const std::vector<int64_t>& axes) {
  return axes.empty() ? x : add("Squeeze", {x, integers(axes)});
}

std::string GraphBuilder::unsqueeze(const std::string& x, const std::vector<int64_t>& axes) {
  return axes.empty() ? x : add("Unsqueeze", {x, integers(axes)});
}

std::string GraphBuilder::reduce(const std::string& op, const std::string& x, const std::vector<int64_t>& axes,
                                 bool keep) {
  const int64_t as_input_since = op == "ReduceSum" ? 13 : 18;
  OnnxAttributes attributes = {{"keepdims", int64_t{keep}}};
  if (opset_ >= as_input_since) return add(op, {x, integers(axes)}, attributes);
  attributes.emplace_back("axes", axes);
  return add(op, {x}, attributes);
}

void GraphBuilder::prune() {
  std::set<std::string> needed;
  for (const OnnxValueInfo& output : graph_.outputs) needed.insert(output.name);
  std::vector<OnnxNode> nodes;
  for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
    bool live = false;
    for (const std::string& output : node->outputs) live = live || needed.contains(output);
    if (!live) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    nodes.push_back(std::move(*node));
  }
  graph_.nodes.assign(std::make_move_iterator(nodes.rbegin()), std::make_move_iterator(nodes.rend()));
  std::erase_if(graph_.initializers, [&](const OnnxTensor& one) { return !needed.contains(one.name); });
}

int64_t onnx_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return 1;
    case at::kByte:
      return 2;
    case at::kChar:
      return 3;
    case at::kShort:
      return 5;
    case at::kInt:
      return 6;
    case at::kLong:
      return 7;
    case at::kBool:
      return 9;
    case at::kHalf:
      return 10;
    case at::kDouble:
      return 11;
    case at::kBFloat16:
      return 16;
    default:
      throw UserError(ExitCode::bad_recipe, std::string("ONNX has no numbers of the type ") + c10::toString(type));
  }
}

}  // namespace dlrun
