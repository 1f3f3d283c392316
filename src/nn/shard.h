// Weights of which every process holds an equal run of numbers, and which are gathered for each pass (Rajbhandari et
// al. 2020, ZeRO; Zhao et al. 2023, FSDP).

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "nn/cut.h"

namespace dlrun {

struct ShardedWeight {
  at::Tensor* slot;            // outside of passes: this process's shard [n]
  std::vector<int64_t> sizes;  // of the whole
  bool channels_last = false;  // as the whole is to lie in memory
};

// The numbers of `whole` [...] that one of `size` processes holds: [n], zeros behind the last number; and the weight of
// the shards of all, by rank [size * n], in that memory. With `channels_last` numbers are counted as a filter of four
// dimensions lies in memory, so that the weight lies there so.
at::Tensor shard_of(const at::Tensor& whole, int64_t rank, int64_t size, bool channels_last = false);
at::Tensor unsharded(const at::Tensor& shards, at::IntArrayRef sizes, bool channels_last = false);

// How shards travel between the ranks, which all ask for the same in the same order.
class ShardTraffic {
 public:
  virtual ~ShardTraffic() = default;
  virtual int64_t size() const = 0;
  // Shards [n] of one module -> of each weight the shards of all, by rank [size * n].
  virtual std::vector<at::Tensor> gather(const std::vector<at::Tensor>& shards) = 0;
  // whole [size * n] as above: this rank's part of the sum over all ranks is added to the gradient of `parameter` [n].
  // Nobody else touches `whole` any more.
  virtual void add_gradient(const at::Tensor& whole, const at::Tensor& parameter) = 0;
};

// Passes of a module with such weights. Each is an exchange of all ranks, and so is its backward pass: a gradient is
// the sum over all ranks, of which each gets its shard, and autograd hears of none: `traffic` adds it to the slot's.
// `keeps`: what was gathered stays until its gradients are there; otherwise it is given back after the pass, and
// gathered again for the backward pass. A module that answers with something other than one tensor, or with its weight,
// keeps it in any case. Gradients of gradients do not exist. `traffic` must outlive the module.
std::shared_ptr<const PartPass> gathered_weights(std::vector<ShardedWeight> weights, ShardTraffic& traffic, bool keeps);

}  // namespace dlrun
