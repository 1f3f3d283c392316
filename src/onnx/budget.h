// What running a model may cost: models come from anywhere, and two hundred bytes can ask for everything.

#pragma once

#include <ATen/ATen.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "tensor/memory_bound.h"

namespace dlrun {

// Of one run of a model. Far above what networks need; see docs/onnx.md.
struct OnnxLimits {
  uint64_t memory = 0;          // bytes of all values at once, and of each as if written out; 0: three quarters of
                                // machine_memory()
  int64_t nodes = 100'000'000;  // nodes that run; a round of a Loop and a step of an RNN count as one each
  double operations = 1e15;     // multiplications (or comparisons of pooling) of one node
  double seconds = 3600;        // looked at before every node: one that runs is not stopped
};

// What a run has left, while it lives: of this thread, which runs the model. Whatever goes beyond is an OnnxRefusal.
class OnnxBudget {
 public:
  explicit OnnxBudget(const OnnxLimits& limits);
  ~OnnxBudget();
  OnnxBudget(const OnnxBudget&) = delete;
  OnnxBudget& operator=(const OnnxBudget&) = delete;

  // The budget of this thread's run. There is one wherever a kernel runs.
  static OnnxBudget& current();

  // Before `count` more nodes, rounds or steps.
  void spend_nodes(int64_t count);
  // Before a node that multiplies so often.
  void expect_operations(double count) const;
  // Of a value before it is used: it may share memory with others and be far larger than this. A 0 among its sizes
  // counts as 1, so that nobody who multiplies the others is surprised.
  void expect_value(const at::Tensor& value) const;

 private:
  const OnnxLimits limits_;
  const std::chrono::steady_clock::time_point start_;
  int64_t nodes_ = 0;
  MemoryBound memory_;
  OnnxBudget* outer_;
};

}  // namespace dlrun
