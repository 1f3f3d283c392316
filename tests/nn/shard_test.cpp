// Weights that are gathered for a pass: what of them is there between forward and backward.

#include "nn/shard.h"

#include <catch2/catch.hpp>

#include "dist/single.h"
#include "experiment/weight_traffic.h"
#include "nn/linear.h"
#include "tensor/allocator.h"
#include "tensor/memory_count.h"

namespace dlrun::shard_test {
namespace {

constexpr int64_t width = 256;
constexpr int64_t weight_bytes = width * width * 4;

struct Between {
  int64_t bytes = 0;  // held from the end of the forward pass on
  at::Tensor gradient, of_input;
};

// A forward and a backward pass of a layer whose weight is gathered among one.
Between pass(Linear& linear, const at::Tensor& input) {
  linear.weight.mutable_grad().reset();
  const at::Tensor given = input.detach().requires_grad_();
  Between found;
  const MemoryCount count;
  const at::Tensor output = linear.forward(given);
  found.bytes = count.live();
  output.square().sum().backward();
  found.gradient = linear.weight.grad().clone();
  found.of_input = given.grad().clone();
  return found;
}

}  // namespace

TEST_CASE("fsdp holds no gathered weight between the passes, zero2 holds it, and both give the layer's gradients") {
  keep_freed_memory();
  const auto group = open_single();
  WeightTraffic traffic(*group);
  Linear whole(width, width);
  const at::Tensor input = at::linspace(-1, 1, 4 * width).view({4, width});
  const Between plain = pass(whole, input);
  for (const bool keeps : {true, false}) {
    Linear linear(width, width);
    linear.bias.detach().copy_(whole.bias.detach());
    linear.weight = whole.weight.detach().reshape({-1}).clone().requires_grad_();
    linear.pass_in_part(gathered_weights({{&linear.weight, {width, width}}}, traffic, keeps));
    const Between found = pass(linear, input);
    CHECK((found.bytes >= weight_bytes) == keeps);
    CHECK(found.gradient.view({width, width}).equal(plain.gradient));
    CHECK(found.of_input.equal(plain.of_input));
    CHECK(linear.weight.dim() == 1);  // outside of passes the shard
  }
}

}  // namespace dlrun::shard_test
