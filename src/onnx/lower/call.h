// One call of an ATen operator while it becomes ONNX nodes, and the table of those who know how.

#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "onnx/lower.h"

namespace dlrun {

// Arguments go by the names of the operator's schema. What cannot be expressed throws UserError(bad_recipe); lower()
// adds the operator and the module.
class Call {
 public:
  Call(GraphBuilder& builder, const std::vector<Trace>& recordings, size_t step, std::vector<std::string>& names)
      : graph(builder), recordings_(recordings), step_(step), names_(names) {}

  GraphBuilder& graph;

  std::string name() const { return step().call.name(); }
  bool has(const std::string& argument) const;    // the operator's schema has it
  bool given(const std::string& argument) const;  // and it is not None
  bool is_tensor(const std::string& argument) const;
  bool overload(const std::string& name) const;

  // Tensor arguments: their names in the graph ("" where one is left out), types and sizes.
  std::string tensor(const std::string& argument) const;
  std::vector<std::string> tensors(const std::string& argument) const;
  at::ScalarType type(const std::string& argument) const;
  std::vector<Integer> shape(const std::string& argument) const;
  int64_t rank(const std::string& argument) const { return static_cast<int64_t>(shape(argument).size()); }
  size_t count(const std::string& argument) const;
  std::vector<Integer> shape(const std::string& argument, size_t i) const;
  at::ScalarType type(const std::string& argument, size_t i) const;

  // Numbers. The fixed ones throw where they follow the input's size.
  Integer integer(const std::string& argument) const;
  std::vector<Integer> integers(const std::string& argument) const;
  int64_t fixed(const std::string& argument) const { return fixed(integer(argument)); }
  std::vector<int64_t> fixed_list(const std::string& argument) const { return fixed(integers(argument)); }
  int64_t fixed(const Integer& value) const;
  std::vector<int64_t> fixed(const std::vector<Integer>& values) const;
  double number(const std::string& argument) const;
  double integer_or_number(const std::string& argument) const;  // NaN where it follows the input's size
  std::vector<double> numbers(const std::string& argument) const;
  at::Scalar scalar_kind(const std::string& argument) const;  // some number of the argument's type
  bool flag(const std::string& argument) const;
  std::string text(const std::string& argument) const;
  at::ScalarType dtype(const std::string& argument, at::ScalarType otherwise) const;
  // A dimension counted from the front. `dims` of an argument; all where it is left out or empty.
  int64_t axis(const std::string& argument, int64_t rank) const;
  std::vector<int64_t> axes(const std::string& argument, int64_t rank) const;

  // A tensor or number as a value of this type.
  std::string operand(const std::string& argument, at::ScalarType type) const;

  at::ScalarType result_type(size_t i = 0) const;
  std::vector<Integer> result_shape(size_t i = 0) const;
  size_t results() const;  // lists count by their tensors
  bool uses_result(size_t i) const;
  std::string reshape(const std::string& x, const std::vector<Integer>& shape) const;

  std::string add(const std::string& op, const std::vector<std::string>& inputs,
                  const OnnxAttributes& attributes = {}) const {
    return graph.add(op, inputs, attributes);
  }

  // What the operator's results are called in the graph.
  void result(const std::string& name) { result(0, name); }
  void result(size_t i, const std::string& name);

  [[noreturn]] void refuse(const std::string& problem) const;
  void needs_opset(int64_t opset) const;

 private:
  const TraceStep& step() const { return recordings_.front().steps[step_]; }
  size_t index(const std::string& argument) const;
  const c10::IValue& value(const std::string& argument, size_t recording = 0) const;
  std::vector<int> result_values() const;
  std::vector<Integer> shape_of(int value) const;
  std::string name_of(int value) const;

  const std::vector<Trace>& recordings_;
  size_t step_;
  std::vector<std::string>& names_;
};

// A number of the result's type.
inline std::string constant(Call& call, double value) { return call.graph.scalar(value, call.result_type()); }
// What the operator's schema calls its input.
inline const char* input_of(const Call& call) { return call.has("self") ? "self" : "input"; }
// One number for all dimensions, or one for each.
inline std::vector<int64_t> spread(std::vector<int64_t> values, int64_t dimensions) {
  if (values.size() == 1) values.resize(static_cast<size_t>(dimensions), values[0]);
  return values;
}

using Lowering = void (*)(Call& call);

// A namespace-scope constant puts a lowering into the table, for ATen operators by name ("relu", every overload and the
// one in place) and for others with their namespace.
struct LoweringOf {
  LoweringOf(std::initializer_list<const char*> operators, Lowering lowering);
};

// Null when there is none.
Lowering find_lowering(const std::string& operator_name);
// The operators of the table, sorted.
std::vector<std::string> lowered_operators();

}  // namespace dlrun
