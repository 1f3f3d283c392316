// One call of an ATen operator while it becomes ONNX nodes.

#include "onnx/lower/call.h"

#include <ATen/core/function_schema.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"

namespace dlrun {
namespace {

std::map<std::string, Lowering>& table() {
  static std::map<std::string, Lowering> table;
  return table;
}

int64_t integer_of(const c10::IValue& value) {
  if (value.isInt()) return value.toInt();
  if (value.isBool()) return value.toBool();
  TORCH_CHECK(value.isSymInt(), "an integer argument is ", value.tagKind());
  return value.toSymInt().guard_int(__FILE__, __LINE__);
}

std::vector<int64_t> integers_of(const c10::IValue& value) {
  if (value.isNone()) return {};
  if (value.isIntList()) return value.toIntVector();
  if (!value.isList()) return {integer_of(value)};
  std::vector<int64_t> values;
  for (const c10::IValue& item : value.toListRef()) values.push_back(integer_of(item));
  return values;
}

}  // namespace

LoweringOf::LoweringOf(std::initializer_list<const char*> operators, Lowering lowering) {
  for (const std::string name : operators) {
    const std::string full = name.find("::") == std::string::npos ? "aten::" + name : name;
    TORCH_CHECK(table().emplace(full, lowering).second, "two lowerings of ", full);
  }
}

Lowering find_lowering(const std::string& operator_name) {
  auto found = table().find(operator_name);
  if (found == table().end() && operator_name.ends_with("_"))
    found = table().find(operator_name.substr(0, operator_name.size() - 1));
  return found == table().end() ? nullptr : found->second;
}

std::vector<std::string> lowered_operators() {
  std::vector<std::string> names;
  for (const auto& [name, lowering] : table()) names.push_back(name);
  return names;
}

bool Call::has(const std::string& argument) const {
  return step().call.schema->argumentIndexWithName(argument).has_value();
}

size_t Call::index(const std::string& argument) const {
  const auto index = step().call.schema->argumentIndexWithName(argument);
  TORCH_CHECK(index, step().call.name(), " has no argument ", argument);
  return static_cast<size_t>(*index);
}

const c10::IValue& Call::value(const std::string& argument, size_t recording) const {
  return recordings_[recording].steps[step_].call.arguments[index(argument)];
}

bool Call::given(const std::string& argument) const {
  if (!has(argument) || value(argument).isNone()) return false;
  return !value(argument).isTensor() || value(argument).toTensor().defined();
}

bool Call::is_tensor(const std::string& argument) const { return has(argument) && value(argument).isTensor(); }

bool Call::overload(const std::string& name) const { return step().call.schema->overload_name() == name; }

std::string Call::name_of(int value) const {
  if (value < 0) return "";
  TORCH_CHECK(!names_[value].empty(), "a value without a name");
  return names_[value];
}

std::vector<Integer> Call::shape_of(int value) const {
  std::vector<Integer> shape;
  const size_t rank = recordings_.front().values[value].sizes.size();
  for (size_t d = 0; d < rank; ++d) {
    std::vector<int64_t> sizes;
    for (const Trace& recording : recordings_) {
      if (recording.values[value].sizes.size() != rank) refuse("its rank follows the size of the input");
      sizes.push_back(recording.values[value].sizes[d]);
    }
    shape.emplace_back(std::move(sizes));
  }
  return shape;
}

std::string Call::tensor(const std::string& argument) const {
  if (!given(argument)) return "";
  return name_of(step().inputs[index(argument)].at(0));
}

std::vector<std::string> Call::tensors(const std::string& argument) const {
  std::vector<std::string> names;
  for (const int value : step().inputs[index(argument)]) names.push_back(name_of(value));
  return names;
}

size_t Call::count(const std::string& argument) const { return step().inputs[index(argument)].size(); }

at::ScalarType Call::type(const std::string& argument) const { return type(argument, 0); }
std::vector<Integer> Call::shape(const std::string& argument) const { return shape(argument, 0); }

at::ScalarType Call::type(const std::string& argument, size_t i) const {
  return recordings_.front().values[step().inputs[index(argument)].at(i)].type;
}

std::vector<Integer> Call::shape(const std::string& argument, size_t i) const {
  return shape_of(step().inputs[index(argument)].at(i));
}

Integer Call::integer(const std::string& argument) const {
  std::vector<int64_t> values;
  for (size_t i = 0; i < recordings_.size(); ++i) values.push_back(integer_of(value(argument, i)));
  return Integer(std::move(values));
}

std::vector<Integer> Call::integers(const std::string& argument) const {
  std::vector<std::vector<int64_t>> recorded;
  for (size_t i = 0; i < recordings_.size(); ++i) {
    recorded.push_back(integers_of(value(argument, i)));
    if (recorded[i].size() != recorded[0].size()) refuse("the length of " + argument + " follows the input's size");
  }
  std::vector<Integer> result;
  for (size_t k = 0; k < recorded[0].size(); ++k) {
    std::vector<int64_t> values;
    for (const std::vector<int64_t>& one : recorded) values.push_back(one[k]);
    result.emplace_back(std::move(values));
  }
  return result;
}

int64_t Call::fixed(const Integer& value) const {
  if (!value.fixed()) refuse("one of its sizes follows the size of the input, and ONNX wants a fixed one");
  return value.value();
}

std::vector<int64_t> Call::fixed(const std::vector<Integer>& values) const {
  std::vector<int64_t> result;
  for (const Integer& value : values) result.push_back(fixed(value));
  return result;
}

double Call::number(const std::string& argument) const {
  const double first = value(argument).toScalar().toDouble();
  for (size_t i = 1; i < recordings_.size(); ++i)
    if (value(argument, i).toScalar().toDouble() != first) refuse(argument + " follows the size of the input");
  return first;
}

double Call::integer_or_number(const std::string& argument) const {
  if (!value(argument).isInt()) return number(argument);
  const Integer whole = integer(argument);
  return whole.fixed() ? static_cast<double>(whole.value()) : std::nan("");
}

std::vector<double> Call::numbers(const std::string& argument) const { return value(argument).toDoubleVector(); }

at::Scalar Call::scalar_kind(const std::string& argument) const { return value(argument).toScalar(); }

bool Call::flag(const std::string& argument) const { return has(argument) && value(argument).toBool(); }

std::string Call::text(const std::string& argument) const {
  return given(argument) ? value(argument).toStringRef() : "";
}

at::ScalarType Call::dtype(const std::string& argument, at::ScalarType otherwise) const {
  return given(argument) ? value(argument).toScalarType() : otherwise;
}

int64_t Call::axis(const std::string& argument, int64_t rank) const {
  const int64_t dim = fixed(argument);
  return dim < 0 ? dim + rank : dim;
}

std::vector<int64_t> Call::axes(const std::string& argument, int64_t rank) const {
  std::vector<int64_t> axes = given(argument) ? fixed_list(argument) : std::vector<int64_t>();
  for (int64_t& dim : axes) dim += dim < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  if (!axes.empty()) return axes;
  axes.resize(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

std::string Call::operand(const std::string& argument, at::ScalarType wanted) const {
  if (is_tensor(argument)) return graph.cast(tensor(argument), type(argument), wanted);
  const c10::IValue& given = value(argument);
  if (!given.isInt())
    return graph.scalar(given.isBool() ? at::Scalar(given.toBool()) : at::Scalar(number(argument)), wanted);
  const Integer whole = integer(argument);
  if (whole.fixed()) return graph.scalar(whole.value(), wanted);
  return graph.cast(graph.number(whole), at::kLong, wanted);
}

std::vector<int> Call::result_values() const {
  std::vector<int> values;
  for (const std::vector<int>& some : step().outputs) values.insert(values.end(), some.begin(), some.end());
  return values;
}

at::ScalarType Call::result_type(size_t i) const { return recordings_.front().values[result_values().at(i)].type; }
std::vector<Integer> Call::result_shape(size_t i) const { return shape_of(result_values().at(i)); }
size_t Call::results() const {
  size_t count = 0;
  for (size_t i = 0; i < step().call.results.size(); ++i) count += step().outputs[i].size();
  return count;
}

bool Call::uses_result(size_t i) const {
  const int value = result_values().at(i);
  const Trace& trace = recordings_.front();
  for (const TraceStep& other : trace.steps)
    for (const std::vector<int>& values : other.inputs)
      if (std::find(values.begin(), values.end(), value) != values.end()) return true;
  return std::any_of(trace.outputs.begin(), trace.outputs.end(), [&](const auto& out) { return out.second == value; });
}

std::string Call::reshape(const std::string& x, const std::vector<Integer>& shape) const {
  // One size may be left to ONNX.
  std::vector<int64_t> sizes;
  size_t open = 0;
  for (const Integer& size : shape) {
    open += !size.fixed();
    sizes.push_back(size.fixed() ? size.value() : -1);
  }
  const bool empty = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  return add("Reshape", {x, open <= 1 && !empty ? graph.integers(sizes) : graph.list(shape)});
}

void Call::result(size_t i, const std::string& name) {
  const int value = result_values().at(i);
  if (value >= 0) names_[value] = name;
}

void Call::refuse(const std::string& problem) const { throw UserError(ExitCode::bad_recipe, problem); }

void Call::needs_opset(int64_t opset) const {
  if (graph.opset() < opset)
    refuse("needs opset " + std::to_string(opset) + " or later, and export.opset is " + std::to_string(graph.opset()));
}

}  // namespace dlrun
