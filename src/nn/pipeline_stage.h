// Pipeline parallelism: several processes hold the blocks of one network, each a run of them (Huang et al. 2019,
// GPipe; Narayanan et al. 2021, one forward, one backward). What leaves the last block of a stage enters the next.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <vector>

#include "nn/cut.h"
#include "nn/module.h"
#include "tensor/ranks.h"

namespace dlrun {

// Blocks of these sizes in so many runs of at least one, of which the largest is as small as can be: where each begins,
// and the end. There are at least as many blocks.
std::vector<size_t> even_runs(const std::vector<int64_t>& sizes, size_t runs);

// What one process has of a network whose `blocks` follow each other: each takes the tensor that the one before gave,
// changed by nothing that learns, and gives another. What comes before the blocks and behind them every process has.
//
// The last stage is the first rank: it knows what the network answers, so it is the one who tells. Outside of forward()
// a pass is one of all stages: each gets the answer of the last block, and goes on with it. Not thread-safe.
class PipelineStage {
 public:
  // Changes how the blocks pass; `ranks` hold them together, and must outlive the network. All of them make one.
  PipelineStage(const std::vector<Module*>& blocks, const std::vector<size_t>& begins, Ranks& ranks);
  PipelineStage(const PipelineStage&) = delete;
  PipelineStage& operator=(const PipelineStage&) = delete;

  int64_t index() const;  // from 0, where batches enter
  int64_t count() const { return ranks_.size(); }
  bool last() const { return ranks_.rank() == 0; }

  // What a forward pass leaves behind for its gradients.
  struct Passed {
    at::Tensor arrived;   // of the stage before; undefined in the first
    at::Tensor departed;  // to the stage behind; undefined in the last
  };
  // Runs `turn`, in which the network has one pass. In all stages but the last that ends behind their blocks, and
  // nothing after it is computed.
  Passed forward(const std::function<void()>& turn);
  // Runs `work` with the gradient of what departed (undefined in the last stage), and sends that of what arrived.
  void backward(const Passed& passed, const std::function<void(const at::Tensor& gradient)>& work);
  // Waits until what was sent is where it belongs.
  void finish() { ranks_.finish(); }

 private:
  enum class Mode { answers, learns, goes_back };
  class Block;
  class In;

  int64_t rank_of(int64_t stage) const { return ranks_.size() - 1 - stage; }
  at::Tensor arrive();
  void depart(const at::Tensor& output);

  Ranks& ranks_;
  Mode mode_ = Mode::answers;
  Passed passed_;
};

}  // namespace dlrun
