// The gradients of several processes become one: in buckets, while others are still computed.

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "dist/group.h"
#include "optim/flat_parameters.h"

namespace dlrun {

// Cuts the flat gradients of one player into buckets of whole parameters, those that the network computes with last
// first. The smallest of them, as those of norms and biases are, travel with the numbers of the turn.
//
// A turn: expect() before its last backward pass, which begins the exchange of each bucket when all of its gradients
// are there; complete() after it. Every rank begins the buckets in the same order, whatever order its gradients come
// in; gradients that do not come are zeros. Sums have the same bits on every rank and in every run of as many.
class GradientExchange {
 public:
  // Smaller buckets cost more starts; of larger ones the last, which nothing hides, is longer.
  static constexpr int64_t bucket_bytes = 4 << 20;
  // Up to here, all ranks counted, the start of an exchange takes longer than sending everything to everybody.
  static constexpr int64_t together_bytes = 256 << 10;

  // `slots` as `parameters` were made of them.
  GradientExchange(const std::vector<NamedTensor>& slots, const FlatParameters& parameters, Group& group);
  ~GradientExchange();
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  void expect();
  // Waits for the sums. `numbers` [k] float64 on the CPU become sums over all ranks, `states` the first one's.
  void complete(at::Tensor& numbers, const std::vector<at::Tensor>& states);
  size_t buckets() const;

 private:
  struct Counting;  // shared with the hooks of autograd, which may outlive this

  void send(const std::vector<at::Tensor>& sums, const std::vector<at::Tensor>& states);

  Group& group_;
  std::vector<at::Tensor> together_;  // gradients that travel with the numbers
  std::shared_ptr<Counting> counting_;
};

}  // namespace dlrun
