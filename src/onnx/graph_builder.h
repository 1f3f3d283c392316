// Puts an ONNX graph together: names, constants and sizes that follow the input.

#pragma once

#include <ATen/ATen.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "onnx/model.h"
#include "onnx/sizes.h"

namespace dlrun {

using OnnxAttributes = std::vector<std::pair<std::string, OnnxAttributeValue>>;

// Nodes are added in the order they run. Values are known by their names.
class GraphBuilder {
 public:
  GraphBuilder(int64_t opset, std::vector<DynamicSize> dimensions)
      : opset_(opset), dimensions_(std::move(dimensions)) {}

  int64_t opset() const { return opset_; }
  const std::vector<DynamicSize>& dimensions() const { return dimensions_; }
  OnnxGraph& graph() { return graph_; }

  // Nodes added from now on stand for this module: they are named "/<module>/<op>".
  void enter(const std::string& module) { module_ = module; }

  std::string add(const std::string& op, const std::vector<std::string>& inputs, const OnnxAttributes& attributes = {});
  std::vector<std::string> add_many(const std::string& op, const std::vector<std::string>& inputs, size_t outputs,
                                    const OnnxAttributes& attributes = {});

  void initializer(const std::string& name, const at::Tensor& value);
  // Equal small constants are stored once.
  std::string constant(const at::Tensor& value);
  std::string scalar(const at::Scalar& value, at::ScalarType type);  // of no dimensions
  std::string integers(const std::vector<int64_t>& values);          // int64 [n]

  // An int64 list [n], or one number of no dimensions, as a value of the graph. Throws UserError(bad_recipe) where a
  // number follows the input's size in a way that has no expression.
  std::string list(const std::vector<Integer>& values);
  std::string number(const Integer& value);

  // x in another type; x itself when it has it.
  std::string cast(const std::string& x, at::ScalarType from, at::ScalarType to);
  // Matrix [m, n] -> [n, m]; undoes an earlier transposition instead of doing it twice.
  std::string transposed(const std::string& x);
  bool is_transposed(const std::string& x) const { return untransposed_.contains(x); }
  std::string transpose(const std::string& x, const std::vector<int64_t>& order);
  std::string squeeze(const std::string& x, const std::vector<int64_t>& axes);
  std::string unsqueeze(const std::string& x, const std::vector<int64_t>& axes);
  // ReduceSum, ReduceMean, ...: their axes are an attribute or an input, by opset.
  std::string reduce(const std::string& op, const std::string& x, const std::vector<int64_t>& axes, bool keep);

  // One of these per graph: `make` runs when `key` is asked for first.
  template <class Make>
  std::string once(const std::string& key, const Make& make) {
    const auto found = made_.find(key);
    if (found != made_.end()) return found->second;
    const std::string name = make();
    return made_[key] = name;
  }

  // Leaves out what the graph's outputs do not need.
  void prune();

 private:
  std::string unique(const std::string& wanted);
  std::string dimension(size_t index);           // int64 [1]
  std::string one_number(const Integer& value);  // int64 [1]

  int64_t opset_;
  std::vector<DynamicSize> dimensions_;
  OnnxGraph graph_;
  std::string module_;
  std::map<std::string, int> names_;
  std::map<std::string, std::string> made_;          // by key
  std::map<std::string, std::string> untransposed_;  // by the name of the transposed matrix
};

// ONNX's number of a type. Throws UserError(bad_recipe) for a type ONNX lacks.
int64_t onnx_type(at::ScalarType type);

}  // namespace dlrun
