// The memory of tensors, counted with values and without.

#include "tensor/memory_count.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tensor/allocator.h"
#include "tensor/scope.h"

namespace dlrun::memory_count_test {

namespace {

at::Tensor meta(at::IntArrayRef sizes, at::ScalarType type = at::kFloat) {
  return at::empty(sizes, at::TensorOptions().device(at::kMeta).dtype(type));
}

}  // namespace

TEST_CASE("memory on meta is counted from the making of a storage to its end") {
  keep_freed_memory();
  const MemoryCount memory;
  at::Tensor a = meta({1000});
  CHECK(memory.live() == 4000);
  const at::Tensor view = a.view({10, 100}).narrow(0, 2, 3);
  CHECK(memory.live() == 4000);
  a.reset();
  CHECK(memory.live() == 4000);
  {
    const std::string path = "encoder.3";
    const Scope scope(path);
    const at::Tensor b = meta({10}, at::kDouble) + 1;
    CHECK(memory.live() == 4080);
    CHECK(memory.live_by_module().at("encoder.3") == 80);
  }
  CHECK(memory.live() == 4000);
  CHECK(memory.peak() == 4168);  // The number 1 was a tensor for a moment.
}

// y = relu(x W)  keeps x (the caller's), W (a parameter) and its own result: the square of a sum keeps one number more.
TEST_CASE("what autograd keeps for a backward pass stays counted until the pass is done") {
  const at::Tensor x = meta({64, 100});
  const at::Tensor weight = meta({100, 50}).requires_grad_();
  const MemoryCount memory;
  at::Tensor loss = x.mm(weight).relu_().sum().square();
  CHECK(memory.live() == 4 * 64 * 50 + 4 + 4);
  loss.backward();
  CHECK(weight.grad().sizes() == weight.sizes());
  loss.reset();
  CHECK(memory.live() == 4 * 100 * 50);
}

TEST_CASE("memory on the CPU is counted like memory on meta, in every thread") {
  keep_freed_memory();
  const at::Tensor before = at::ones({500});
  const MemoryCount memory;
  at::Tensor a = at::ones({1000});
  CHECK(memory.live() == 4000);
  a.add_(before.expand({2, 500}).reshape({1000}));  // 4000 bytes in passing
  CHECK(memory.live() == 4000);
  CHECK(memory.peak() == 8000);
  CHECK(memory.footprint() >= 8000);
  CHECK(memory.footprint() < 8400);
  memory.restart_peak();
  CHECK(memory.peak() == 4000);
  std::thread([&] { a = at::ones({10, 100}, at::kDouble); }).join();
  CHECK(memory.live() == 8000);
  a.resize_({3000});
  CHECK(memory.live() == 24000);
  a.reset();
  CHECK(memory.live() == 0);
}

TEST_CASE("what stands for others is not counted") {
  const MemoryCount memory;
  at::Tensor a;
  {
    const MemoryCount::Pause pause;
    a = meta({1000});
  }
  CHECK(memory.live() == 0);
  const at::Tensor b = meta({10});
  a.reset();
  CHECK(memory.live() == 40);
}

TEST_CASE("what takes the place of another is not counted beside it") {
  const MemoryCount memory;
  at::Tensor a = meta({1000});
  MemoryCount::forget(a);
  const at::Tensor b = meta({1000});
  a.reset();
  CHECK(memory.live() == 4000);
  CHECK(memory.peak() == 4000);
}

}  // namespace dlrun::memory_count_test
