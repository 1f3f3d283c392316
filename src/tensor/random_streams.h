// The random streams a run draws from: ATen's default generators of the CPU and of the device it computes on.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

// All of them together: whoever seeds, keeps or puts back random numbers does it through this object, so that no stream
// is forgotten on a GPU. Cheap to make; the generators belong to ATen. take() copies no more than a few kilobytes and
// does not wait for a GPU, whose state is a seed and a counter that the CPU holds.
class RandomStreams {
 public:
  // Of the CPU and, where it is another one, of `device`. A GPU needs cuda_available() before.
  explicit RandomStreams(const at::Device& device);
  explicit RandomStreams(std::vector<std::pair<std::string, at::Generator>> streams) : streams_(std::move(streams)) {}

  void seed(uint64_t seed);
  // uint8 on the CPU, under "random.cpu" and "random.cuda": by kind of device, so that another card may go on.
  TensorList take() const;
  // Generators of its own that stand where these do; taking from them later gives what take() would give now; nothing
  // is written down until then.
  RandomStreams copy() const;
  // Puts back the streams that are among `saved`, which may hold anything else. One that is missing (the run was on
  // another kind of device) stays as it is.
  void restore(const TensorList& saved) const;

 private:
  std::vector<std::pair<std::string, at::Generator>> streams_;
};

}  // namespace dlrun
