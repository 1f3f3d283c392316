// What running a turn once more needs beside its batch and the weights: buffers and random streams as they were.

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "nn/module.h"
#include "tensor/named_tensor.h"

namespace dlrun {

// Copies of a network's buffers (the statistics of its norms) and of ATen's default CPU generator. The network must
// outlive it and keep its buffers where they are.
class TurnStart {
 public:
  explicit TurnStart(const Network& network);
  void take();                 // copies what is now; microseconds, so it is done before every turn
  void restore() const;        // puts it back
  TensorList tensors() const;  // what was taken: buffers under "model.<name>", the generator under "random.cpu"

 private:
  std::vector<NamedTensor> buffers_;
  std::vector<at::Tensor> copies_;
  at::Tensor random_;
};

}  // namespace dlrun
