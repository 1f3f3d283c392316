// Runs an ONNX model over ATen: the second opinion on every export, and how model.onnx predicts.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "onnx/model.h"

namespace dlrun {

// Told of every node after it ran.
using OnnxWatcher = std::function<void(const OnnxNode& node, const std::vector<at::Tensor>& outputs)>;

// Checks the whole model when it is made: throws UserError(bad_data) naming the nodes whose operator, attribute or
// opset is not among those of docs/onnx.md. Not thread-safe.
class OnnxEvaluator {
 public:
  explicit OnnxEvaluator(OnnxModel model);

  // Values by name in, the graph's outputs by name out. Values live only as long as a later node needs them. Throws
  // UserError(bad_data) naming the input whose type or shape does not fit the model.
  std::map<std::string, at::Tensor> run(const std::map<std::string, at::Tensor>& inputs,
                                        const OnnxWatcher& watcher = {}) const;
  const OnnxModel& model() const { return model_; }

 private:
  OnnxModel model_;
};

}  // namespace dlrun
