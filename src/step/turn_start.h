// What running a turn once more needs beside its batch and the weights: buffers and random streams as they were.

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "nn/module.h"
#include "tensor/named_tensor.h"
#include "tensor/random_streams.h"

namespace dlrun {

// Copies of all buffers (the statistics of its norms), on the device they are on, and of the random streams.
// The modules must outlive it and keep its buffers where they are.
class TurnStart {
 public:
  TurnStart(const Module& all, const at::Device& device);
  void take();  // copies what is now; microseconds, so it is done before every turn
  // The two halves of it: buffers by operators alone, and streams without any.
  void take_buffers();
  void take_streams();
  void restore() const;        // puts it back
  TensorList tensors() const;  // what was taken: buffers under "model.<name>", streams as RandomStreams names them

 private:
  std::vector<NamedTensor> buffers_;
  std::vector<at::Tensor> copies_;
  RandomStreams streams_, taken_;
};

}  // namespace dlrun
