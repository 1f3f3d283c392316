// A graph made ready to run: names are slots, nodes are kernels, and it is known when each value is last used.

#pragma once

#include <string>
#include <vector>

#include "onnx/evaluator.h"
#include "onnx/operators/operator.h"

namespace dlrun {

// Refers to the graph it was made of. Running changes nothing in it: any number of threads may.
class OnnxProgram {
 public:
  OnnxProgram(const OnnxGraph& graph, int64_t opset);

  // One for each node that cannot run: "node 'conv' (Conv): what". Must be empty before it runs.
  const std::vector<std::string>& problems() const { return problems_; }
  // Values from outside the graph that it takes.
  const std::vector<std::string>& captured() const { return captured_; }
  size_t inputs() const { return graph_.inputs.size(); }
  size_t outputs() const { return outputs_.size(); }

  // In the order of the graph's inputs and of captured(). An undefined input takes its initializer. Throws
  // UserError(bad_data) naming the node whose inputs do not fit. The watcher is told of this graph's nodes, not of
  // those of subgraphs.
  OnnxOutputs run(OnnxOutputs inputs, OnnxInputs captured, const OnnxWatcher& watcher = {}) const;

 private:
  struct Step {
    const OnnxNode* node;
    OnnxKernel kernel;
    std::vector<int64_t> inputs, outputs;  // slots; -1: left out
    std::vector<int64_t> last_used;        // of its inputs, those that no later step needs
  };
  void add(const OnnxNode& node, int64_t opset);
  void find_last_uses();
  int64_t slot_of(const std::string& name);

  const OnnxGraph& graph_;
  std::map<std::string, int64_t> slots_;  // while it is made
  int64_t slot_count_ = 0;
  std::vector<Step> steps_;
  std::vector<int64_t> inputs_, outputs_, captured_slots_;
  std::vector<std::pair<int64_t, at::Tensor>> constants_;
  std::vector<std::string> captured_, problems_;
};

}  // namespace dlrun
