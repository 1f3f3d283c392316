// Runs an ONNX model over ATen: the second opinion on every export, and how model.onnx predicts.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "onnx/budget.h"
#include "onnx/model.h"

namespace dlrun {

// Told of every node of the main graph after it ran.
using OnnxWatcher = std::function<void(const OnnxNode& node, const std::vector<at::Tensor>& outputs)>;

class OnnxProgram;

// Runs on the CPU, without gradients. run() may be called from several threads.
class OnnxEvaluator {
 public:
  // Checks the whole model: throws UserError(bad_data) naming every node whose operator, attribute or opset is not
  // among those of docs/onnx.md.
  explicit OnnxEvaluator(OnnxModel model, const OnnxLimits& limits = {});

  // Values by name in, the graph's outputs by name out; these may share memory with inputs and weights. Inputs that
  // have an initializer may be left out. Values live only as long as a later node needs them. Throws
  // UserError(bad_data) naming the input whose type or shape does not fit the model, the node that cannot run on what
  // it gets, or the node with which the model goes beyond its limits.
  std::map<std::string, at::Tensor> run(const std::map<std::string, at::Tensor>& inputs,
                                        const OnnxWatcher& watcher = {}) const;
  const OnnxModel& model() const { return *model_; }

 private:
  std::shared_ptr<const OnnxModel> model_;  // The program refers to it.
  std::shared_ptr<const OnnxProgram> program_;
  OnnxLimits limits_;
};

// The operators and their opsets as a table in Markdown, one row each: what docs/onnx.md shows.
std::string onnx_operator_table();

}  // namespace dlrun
