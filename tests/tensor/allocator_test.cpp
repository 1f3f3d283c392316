// The memory of tensors on the CPU: aligned, and used again by its like.

#include "tensor/allocator.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <vector>

#include "support.h"

namespace dlrun::allocator_test {

TEST_CASE("tensors of every size lie where vector loads want them") {
  keep_freed_memory();
  std::vector<at::Tensor> kept;
  for (const int64_t size : {1, 2, 15, 16, 17, 63, 64, 65, 100, 1000, 4096, 100'003, 9'000'000}) {
    const at::Tensor tensor = at::full({size}, static_cast<double>(size));
    INFO(size);
    CHECK(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 64 == 0);
    kept.push_back(tensor);
  }
  for (const at::Tensor& tensor : kept) CHECK(tensor.eq(static_cast<double>(tensor.numel())).all().item<bool>());
  CHECK(at::empty({0}).data_ptr() == nullptr);
}

TEST_CASE("a block that is free serves the next tensor of its size") {
#ifdef __SANITIZE_ADDRESS__
  test::skip("the address sanitizer never gives a freed block out again at once");
  return;
#endif
  keep_freed_memory();
  std::vector<at::Tensor> tensors;  // neighbours, so that no two free blocks become one
  for (int i = 0; i < 16; ++i) tensors.push_back(at::empty({1 << 16}));
  for (int i = 1; i < 15; i += 2) {
    const void* before = tensors[static_cast<size_t>(i)].data_ptr();
    tensors[static_cast<size_t>(i)].reset();
    tensors[static_cast<size_t>(i)] = at::empty({1 << 16});
    CHECK(tensors[static_cast<size_t>(i)].data_ptr() == before);
  }
}

TEST_CASE("a tensor larger than any memory is refused in words") {
  keep_freed_memory();
  CHECK_THROWS_WITH(at::empty({int64_t{1} << 60}), Catch::Contains("not enough memory"));
}

}  // namespace dlrun::allocator_test
