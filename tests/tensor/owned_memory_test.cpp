// Tensors over memory of others: it lives as long as one of them, and each has a storage of its own.

#include "tensor/owned_memory.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <numeric>

namespace dlrun::owned_memory_test {
namespace {

TEST_CASE("the owner lives until the last tensor and the maker are gone") {
  auto numbers = std::make_shared<std::vector<float>>(12);
  std::iota(numbers->begin(), numbers->end(), 0.0f);
  const std::weak_ptr<std::vector<float>> watch = numbers;
  auto* bytes = reinterpret_cast<std::byte*>(numbers->data());
  at::Tensor whole, column;
  {
    const OwnedMemory memory(std::move(numbers));
    whole = memory.tensor(bytes, at::kFloat, {3, 4});
    column = memory.tensor(bytes + 8, at::kFloat, {3}, at::IntArrayRef({4}));
  }
  CHECK(at::equal(whole, at::arange(12, at::kFloat).reshape({3, 4})));
  CHECK(at::equal(column, whole.select(1, 2)));
  CHECK_FALSE(whole.is_alias_of(column));
  whole.reset();
  CHECK_FALSE(watch.expired());
  CHECK(column[2].item<float>() == 10);
  column.reset();
  CHECK(watch.expired());
}

}  // namespace
}  // namespace dlrun::owned_memory_test
