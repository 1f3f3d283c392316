// Weights of which every process holds an equal run of numbers, and which are gathered for each pass (Rajbhandari et
// al. 2020, ZeRO; Zhao et al. 2023, FSDP).

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "nn/cut.h"
#include "tensor/ranks.h"

namespace dlrun {

struct ShardedWeight {
  at::Tensor* slot;            // outside of passes: this process's shard [n]
  std::vector<int64_t> sizes;  // of the whole
};

// The numbers of `whole` [...] that one of `size` processes holds: [n], zeros behind the last number; and the weight of
// the shards of all, by rank [size * n].
at::Tensor shard_of(const at::Tensor& whole, int64_t rank, int64_t size);
at::Tensor unsharded(const at::Tensor& shards, at::IntArrayRef sizes);

// Passes of a module with such weights. Each is an exchange of all `ranks`, and so is its backward pass: a gradient is
// the sum over all ranks, of which each gets its shard. `keeps`: what was gathered stays until its gradients are there;
// otherwise it is given back after the pass, and gathered again for the backward pass. A module that answers with
// something other than one tensor, or with its weight, keeps it in any case. Gradients of gradients do not exist.
std::shared_ptr<const PartPass> gathered_weights(std::vector<ShardedWeight> weights, Ranks& ranks, bool keeps);

}  // namespace dlrun
