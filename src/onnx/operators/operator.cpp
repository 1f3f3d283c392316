// The table of operators, how their nodes are read, and what several families need.

#include "onnx/operators/operator.h"

#include "base/text.h"
#include "onnx/program.h"

namespace dlrun {
namespace {

std::map<std::string, OnnxOperator>& table() {
  static std::map<std::string, OnnxOperator> operators;
  return operators;
}

const char* const kinds[] = {"INT", "FLOAT", "STRING", "TENSOR", "GRAPH", "INTS", "FLOATS", "STRINGS"};

template <class Value>
const char* kind_of() {
  return kinds[OnnxAttributeValue(Value()).index()];
}

}  // namespace

const std::map<std::string, OnnxOperator>& onnx_operators() { return table(); }

OnnxRegistered::OnnxRegistered(std::initializer_list<OnnxOperator> operators) {
  for (const OnnxOperator& each : operators) {
    TORCH_CHECK(table().emplace(each.name, each).second, "ONNX operator registered twice: ", each.name);
  }
}

OnnxOutputs OnnxSubgraph::run(OnnxInputs all, OnnxOutputs inputs) const {
  return program->run(std::move(inputs), all.subspan(first_captured, program->captured().size()));
}
size_t OnnxSubgraph::inputs() const { return program->inputs(); }
size_t OnnxSubgraph::outputs() const { return program->outputs(); }

void OnnxNodeReader::arity(size_t least, size_t most, size_t most_outputs) {
  if (inputs() > most) refuse("it has {} inputs, at most {} are known", inputs(), most);
  for (size_t i = 0; i < least; ++i) {
    if (!has_input(i)) refuse("input {} of at least {} is missing", i + 1, least);
  }
  if (outputs() > most_outputs) refuse("it has {} outputs, at most {} are known", outputs(), most_outputs);
}

bool OnnxNodeReader::has(const std::string& name) const {
  for (const auto& attribute : node_.attributes) {
    if (attribute.first == name) return true;
  }
  return false;
}

template <class Value>
const Value* OnnxNodeReader::find(const std::string& name) {
  read_.insert(name);
  for (const auto& [key, value] : node_.attributes) {
    if (key != name) continue;
    if (const auto* found = std::get_if<Value>(&value)) return found;
    refuse("attribute '{}' must be {}, it is {}", name, kind_of<Value>(), kinds[value.index()]);
  }
  return nullptr;
}

int64_t OnnxNodeReader::integer(const std::string& name, std::optional<int64_t> otherwise) {
  if (const auto* found = find<int64_t>(name)) return *found;
  if (!otherwise) refuse("attribute '{}' is missing", name);
  return *otherwise;
}

bool OnnxNodeReader::flag(const std::string& name, bool otherwise) {
  const int64_t value = integer(name, otherwise);
  if (value != 0 && value != 1) refuse("attribute '{}' must be 0 or 1, it is {}", name, value);
  return value == 1;
}

double OnnxNodeReader::real(const std::string& name, std::optional<double> otherwise) {
  if (const auto* found = find<float>(name)) return *found;
  if (!otherwise) refuse("attribute '{}' is missing", name);
  return *otherwise;
}

std::string OnnxNodeReader::text(const std::string& name, const std::string& otherwise,
                                 const std::vector<std::string>& choices) {
  const auto* found = find<std::string>(name);
  const std::string value = found ? *found : otherwise;
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  refuse("attribute '{}' must be {}, it is '{}'", name, join_or(choices), value);
}

std::optional<std::vector<int64_t>> OnnxNodeReader::integers(const std::string& name) {
  const auto* found = find<std::vector<int64_t>>(name);
  return found ? std::optional(*found) : std::nullopt;
}

std::optional<std::vector<float>> OnnxNodeReader::reals(const std::string& name) {
  const auto* found = find<std::vector<float>>(name);
  return found ? std::optional(*found) : std::nullopt;
}

std::optional<std::vector<std::string>> OnnxNodeReader::texts(const std::string& name) {
  const auto* found = find<std::vector<std::string>>(name);
  return found ? std::optional(*found) : std::nullopt;
}

at::Tensor OnnxNodeReader::tensor(const std::string& name) {
  const auto* found = find<at::Tensor>(name);
  return found ? *found : at::Tensor();
}

OnnxSubgraph OnnxNodeReader::graph(const std::string& name) {
  const auto* found = find<std::shared_ptr<OnnxGraph>>(name);
  if (!found) refuse("attribute '{}' is missing", name);
  OnnxSubgraph subgraph{std::make_shared<OnnxProgram>(**found, opset), node_.inputs.size() + captured_.size()};
  if (!subgraph.program->problems().empty()) refuse("{}", join(subgraph.program->problems(), "; "));
  const auto& captured = subgraph.program->captured();
  captured_.insert(captured_.end(), captured.begin(), captured.end());
  return subgraph;
}

OnnxList OnnxNodeReader::list(const std::string& name, size_t i, int64_t since) {
  OnnxList result{name, i, opset >= since, std::nullopt};
  if (!result.by_input) result.fixed = integers(name);
  return result;
}

std::optional<std::vector<int64_t>> OnnxList::of(OnnxInputs in) const {
  if (!by_input) return fixed;
  return input < in.size() && in[input].defined() ? std::optional(integers_of(in[input], name.c_str())) : std::nullopt;
}

void OnnxNodeReader::expect_all_read() const {
  for (const auto& [name, value] : node_.attributes) {
    if (!read_.contains(name)) refuse("attribute '{}' is not known in opset {}", name, opset);
  }
}

int64_t axis_of(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) refuse("axis {} is not among {} dimensions", axis, rank);
  return axis < 0 ? axis + rank : axis;
}

std::vector<int64_t> axes_of(const std::vector<int64_t>& axes, int64_t rank) {
  std::vector<int64_t> result;
  for (const int64_t axis : axes) {
    result.push_back(axis_of(axis, rank));
    if (std::count(result.begin(), result.end(), result.back()) > 1) refuse("axis {} stands there twice", axis);
  }
  return result;
}

std::vector<int64_t> integers_of(const at::Tensor& tensor, const char* what) {
  if (tensor.dim() > 1 || !at::isIntegralType(tensor.scalar_type(), false)) {
    refuse("{} must be a list of integers, it is {} with {} dimensions", what, c10::toString(tensor.scalar_type()),
           tensor.dim());
  }
  const at::Tensor list = tensor.to(at::kLong).contiguous();
  const auto* data = list.const_data_ptr<int64_t>();
  return {data, data + list.numel()};
}

int64_t integer_of(const at::Tensor& tensor, const char* what) {
  if (tensor.numel() != 1 || !at::isIntegralType(tensor.scalar_type(), false)) {
    refuse("{} must be one integer, it is {} with {} elements", what, c10::toString(tensor.scalar_type()),
           tensor.numel());
  }
  return tensor.to(at::kLong).item<int64_t>();
}

void expect_same_type(OnnxInputs inputs) {
  for (const at::Tensor& input : inputs) {
    if (!input.defined() || input.scalar_type() == inputs[0].scalar_type()) continue;
    refuse("its inputs must have one type, they have {} and {}", c10::toString(inputs[0].scalar_type()),
           c10::toString(input.scalar_type()));
  }
}

at::Tensor index_tensor(const std::vector<int64_t>& values) {
  at::Tensor result = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), result.mutable_data_ptr<int64_t>());
  return result;
}

at::Tensor checked_indices(const at::Tensor& indices, int64_t size) {
  if (!at::isIntegralType(indices.scalar_type(), false)) refuse("its indices must be integers");
  const at::Tensor wide = indices.to(at::kLong).contiguous();
  const auto* data = wide.const_data_ptr<int64_t>();
  bool negative = false;
  for (int64_t i = 0; i < wide.numel(); ++i) {
    if (data[i] < -size || data[i] >= size) refuse("index {} is not among {}", data[i], size);
    negative = negative || data[i] < 0;
  }
  return negative ? at::where(wide.lt(0), wide + size, wide) : wide;
}

int64_t product(at::IntArrayRef sizes) { return c10::multiply_integers(sizes); }

// The program holds only values that a later step takes, so references tell. Weights and the caller's inputs have one.
bool free_to_change(const at::Tensor& input) {
  return input.use_count() == 1 && input.storage().use_count() == 1 && input.is_non_overlapping_and_dense();
}

}  // namespace dlrun
