// Pooling in another memory order gives the same bits in the order the images had.

#include "tensor/pooled.h"

#include <catch2/catch.hpp>

namespace dlrun::pooled_test {
namespace {

TEST_CASE("pooling gives the bits and the memory order of libtorch's own") {
  for (const int64_t channels : {3, 8, 33})
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kInt})
      for (const at::MemoryFormat order : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        INFO(channels << " " << type << " " << order);
        const at::Tensor noise =
            at::randn({3, channels, 9, 7}, at::detail::createCPUGenerator(1), at::TensorOptions(at::kDouble));
        const at::Tensor images = (noise * 100).to(type).contiguous(order);
        const auto largest = [](const at::Tensor& x) { return at::max_pool2d(x, 3, 2, 1); };
        const at::Tensor expected = largest(images), actual = pooled(images, largest);
        CHECK(at::equal(actual, expected));
        CHECK(actual.strides() == expected.strides());
        if (type == at::kInt) continue;
        const auto mean = [](const at::Tensor& x) { return at::avg_pool2d(x, 2); };
        CHECK(at::allclose(pooled(images, mean), mean(images), 1e-6, 1e-6));
        CHECK(pooled(images, mean).strides() == mean(images).strides());
      }
}

TEST_CASE("a pooling with a gradient is libtorch's own") {
  const at::Tensor images = at::ones({1, 16, 4, 4}).set_requires_grad(true);
  at::MemoryFormat order = at::MemoryFormat::ChannelsLast;
  const auto look = [&](const at::Tensor& x) {
    order = x.suggest_memory_format();
    return at::max_pool2d(x, 2);
  };
  pooled(images, look);
  CHECK(order == at::MemoryFormat::Contiguous);
  const c10::NoGradGuard no_gradients;
  pooled(images, look);
  CHECK(order == at::MemoryFormat::ChannelsLast);
}

}  // namespace
}  // namespace dlrun::pooled_test
