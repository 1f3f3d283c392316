// What an operator of the evaluator is: a function that reads a node once, when the model is made ready, and gives back
// what runs it. Operators register themselves; one file per family.

#pragma once

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "onnx/budget.h"
#include "onnx/model.h"

namespace dlrun {

// Broadcasting came with opset 7; older models run where all of their operators are as they were then.
constexpr int64_t oldest_onnx_opset = 1, broadcasting_opset = 7, newest_onnx_opset = 23;

// What is wrong with a node or its inputs. The evaluator adds which node and makes it a UserError.
struct OnnxRefusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};
template <class... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw OnnxRefusal(fmt::format(text, std::forward<Arguments>(arguments)...));
}

// Undefined where an optional one is left out; changed in place only where free_to_change() allows it.
using OnnxInputs = std::span<const at::Tensor>;
using OnnxOutputs = std::vector<at::Tensor>;  // may share memory with the inputs
// Runs a node. Throws OnnxRefusal, or ATen's errors, for inputs that do not fit.
using OnnxKernel = std::function<OnnxOutputs(OnnxInputs)>;

class OnnxProgram;

// A subgraph of a node. It sees values from outside: these follow the node's own inputs.
struct OnnxSubgraph {
  std::shared_ptr<const OnnxProgram> program;
  size_t first_captured = 0;
  // `all` are the node's inputs, `inputs` the subgraph's.
  OnnxOutputs run(OnnxInputs all, OnnxOutputs inputs) const;
  size_t inputs() const;
  size_t outputs() const;
};

// A list of integers for a kernel.
struct OnnxList {
  std::string name;
  size_t input = 0;  // where it is, unless it was an attribute
  bool by_input = true;
  std::optional<std::vector<int64_t>> fixed;                    // the attribute
  std::optional<std::vector<int64_t>> of(OnnxInputs in) const;  // nothing where it is left out
};

// A node while it is made ready. Functions throw OnnxRefusal naming the attribute that is missing or wrong.
class OnnxNodeReader {
 public:
  OnnxNodeReader(const OnnxNode& node, int64_t opset) : opset(opset), node_(node) {}

  const int64_t opset;
  const std::string& op() const { return node_.op; }

  // Inputs beyond `least` may be missing; must come first in every operator.
  void arity(size_t least, size_t most, size_t most_outputs = 1);
  bool has_input(size_t i) const { return i < node_.inputs.size() && !node_.inputs[i].empty(); }
  bool wants(size_t i) const { return i < node_.outputs.size() && !node_.outputs[i].empty(); }  // an output
  size_t inputs() const { return node_.inputs.size(); }
  size_t outputs() const { return node_.outputs.size(); }

  // Attributes. One that nobody asks for is unknown to us, and refused.
  int64_t integer(const std::string& name, std::optional<int64_t> otherwise = {});
  bool flag(const std::string& name, bool otherwise);
  double real(const std::string& name, std::optional<double> otherwise = {});
  std::string text(const std::string& name, const std::string& otherwise, const std::vector<std::string>& choices);
  std::optional<std::vector<int64_t>> integers(const std::string& name);
  std::optional<std::vector<float>> reals(const std::string& name);
  std::optional<std::vector<std::string>> texts(const std::string& name);
  at::Tensor tensor(const std::string& name);  // undefined where it is missing
  OnnxSubgraph graph(const std::string& name);
  bool has(const std::string& name) const;
  void expect_all_read() const;

  // Integers that were an attribute of this name before opset `since`, and are input `i` from then on.
  OnnxList list(const std::string& name, size_t i, int64_t since);

  const std::vector<std::string>& captured() const { return captured_; }  // by subgraphs, in their order

 private:
  template <class Value>
  const Value* find(const std::string& name);

  const OnnxNode& node_;
  std::set<std::string> read_;
  std::vector<std::string> captured_;
};

struct OnnxOperator {
  std::string name;
  OnnxKernel (*prepare)(OnnxNodeReader& node);
  int64_t since = broadcasting_opset;  // the first opset that has it, or had it as it is
  std::string limits = "";             // what of it is refused, for docs/onnx.md
  int64_t until = newest_onnx_opset;   // the last one
};

// Of the domain ai.onnx, by name.
const std::map<std::string, OnnxOperator>& onnx_operators();

// A namespace-scope constant of this type adds operators:
//   const OnnxRegistered entries{{"Relu", relu}, {"Gelu", gelu, 20}};
struct OnnxRegistered {
  OnnxRegistered(std::initializer_list<OnnxOperator> operators);
};

// -- What several families need.

// A kernel of one output out of a function of its inputs.
template <class Function>
OnnxKernel one_output(Function function) {
  return [function](OnnxInputs inputs) -> OnnxOutputs { return {function(inputs)}; };
}

// ATen computes little with unsigned numbers of more than 8 bits: the kernel gets them as int64, and its first `typed`
// outputs get the type of input `like`, if it is such a one, back. Throws OnnxRefusal for numbers of 2^63 and more.
OnnxKernel as_signed(OnnxKernel kernel, size_t typed, size_t like);
// For the table of operators: the same of what `prepare` gives.
template <OnnxKernel (*prepare)(OnnxNodeReader& node), size_t typed = 1, size_t like = 0>
OnnxKernel widened(OnnxNodeReader& node) {
  return as_signed(prepare(node), typed, like);
}

// Counted from 0. Throws OnnxRefusal when it is not in [-rank, rank).
int64_t axis_of(int64_t axis, int64_t rank);
// Different axes, each as above.
std::vector<int64_t> axes_of(const std::vector<int64_t>& axes, int64_t rank);
// The values of an integer tensor with at most one dimension.
std::vector<int64_t> integers_of(const at::Tensor& tensor, const char* what);
int64_t integer_of(const at::Tensor& tensor, const char* what);
// Throws OnnxRefusal unless all that are there have one type.
void expect_same_type(OnnxInputs inputs);
// [n] int64, in memory of its own.
at::Tensor index_tensor(const std::vector<int64_t>& values);
// Indices below 0 count from the end. Throws OnnxRefusal for those outside.
at::Tensor checked_indices(const at::Tensor& indices, int64_t size);
int64_t product(at::IntArrayRef sizes);
// Whether this input is needed nowhere else: its memory may hold the result.
bool free_to_change(const at::Tensor& input);
constexpr int64_t bytes_of_tensor_object = 448;  // beside its elements

}  // namespace dlrun
