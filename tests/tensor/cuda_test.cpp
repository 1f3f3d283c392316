// The GPU as the engine sees it. Without one this is skipped, with the reason; tests/program/cuda_plugin.sh reads it.

#include "tensor/cuda.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "support.h"
#include "tensor/random_streams.h"

namespace dlrun::cuda_test {

TEST_CASE("a GPU has a name, memory, and random numbers that follow the seed") {
  REQUIRE(cuda_available() == cuda_problem().empty());
  REQUIRE(cuda_available() == at::hasCUDA());
  if (!cuda_available()) return test::skip(cuda_problem());
  REQUIRE(cuda_device_count() > 0);
  const CudaDevice device = cuda_device(0);
  CHECK_FALSE(device.name.empty());
  CHECK(device.memory > int64_t{1} << 30);
  CHECK(device.major >= 7);

  const auto options = at::TensorOptions().device(at::kCUDA);
  RandomStreams streams(at::Device(at::kCUDA, 0));
  streams.seed(7);
  const at::Tensor first = at::randn({1000}, options).cpu();
  const TensorList after = streams.take();
  const at::Tensor next = at::randn({1000}, options).cpu(), on_cpu = at::randn({1000});
  streams.seed(7);
  CHECK(at::equal(first, at::randn({1000}, options).cpu()));
  streams.restore(after);
  CHECK(at::equal(next, at::randn({1000}, options).cpu()));
  CHECK(at::equal(on_cpu, at::randn({1000})));

  cuda_reset_peak_memory(0);
  const int64_t before = cuda_peak_memory(0);
  { at::Tensor large = at::empty({1 << 22}, options); }
  CHECK(cuda_peak_memory(0) >= before + (int64_t{4} << 22));
  cuda_synchronize(0);
  cuda_empty_cache();
}

TEST_CASE("a CUDA graph does again what was asked for, with new draws, and cannot hold a number that is read") {
  if (!cuda_available()) return test::skip(cuda_problem());
  const auto options = at::TensorOptions().device(at::kCUDA);
  const at::Tensor input = at::arange(8, options), sum = at::zeros({8}, options);
  at::Tensor drawn;
  const auto work = [&] {
    sum.add_(input * 2);
    drawn = at::rand({8}, options);
  };
  work();  // what is made on first use
  sum.zero_();
  RandomStreams streams(at::Device(at::kCUDA, 0));
  streams.seed(5);
  for (int i = 0; i < 2; ++i) work();
  const at::Tensor second = drawn.cpu();
  sum.zero_();
  CudaGraph graph(0, work);
  const at::Tensor left = drawn;
  streams.seed(5);
  input.add_(1);
  for (int i = 0; i < 2; ++i) graph.replay();
  CHECK(at::equal(sum.cpu(), (at::arange(8) + 1) * 4));
  CHECK(at::equal(left.cpu(), second));
  CHECK_THROWS_AS(CudaGraph(0, [&] { (void)sum.sum().item<float>(); }), c10::Error);
}

}  // namespace dlrun::cuda_test
