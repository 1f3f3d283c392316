// The statistics of batch norms that belong to averaged weights.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "nn/batch_norm.h"

namespace dlrun {

// An average of weights makes other activations than the weights it is an average of, so their running statistics are
// not its own, nor is an average of those. Its own are measured: batches of the training go through the network with
// the averaged weights, norms as in training and everything else as in evaluation (torch.optim.swa_utils.update_bn).
//
// Of the norms of all that learns in `experiment`, which must outlive it. Not thread-safe.
class AverageNorms {
 public:
  explicit AverageNorms(const Experiment& experiment);
  bool any() const { return !norms_.empty(); }
  // Exchanges the statistics in the network and those of the average; twice is nothing.
  void swap();
  // With averaged weights in the network: measures, into the network, on the same first batches of the training's first
  // epoch whenever it is called, as they are for training. Changes nothing else, random streams least of all.
  void measure() const;
  // Those that are not in the network, by their names in the whole of it.
  TensorList tensors() const;
  void load(const TensorList& saved);  // those of tensors() that are there

 private:
  bool finite() const;

  const Experiment& experiment_;
  std::vector<BatchNorm*> norms_;
  std::vector<NamedTensor> inside_;  // the buffers of all norms
  std::vector<at::Tensor> outside_;  // in the same order
};

}  // namespace dlrun
