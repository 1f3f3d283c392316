// Where tensors on the CPU get their memory from.

#include "tensor/allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace dlrun {
namespace {

constexpr size_t alignment = 64;  // what ATen's own allocator aligns to: a cache line, a vector of AVX-512

std::atomic<BlockReader*> reader = nullptr;

void release(void* block) {
  if (!block) return;
  if (BlockReader* seeing = reader.load(std::memory_order_acquire)) seeing->given(block);
  std::free(static_cast<void**>(block)[-1]);
}

// Plain blocks of the C library, `alignment` larger than asked for: the tensor begins at the first aligned address that
// leaves room for a pointer to the block before it.
class PlainAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::kCPU)};
    void* start = bytes < std::numeric_limits<int64_t>::max() ? std::malloc(bytes + alignment) : nullptr;
    TORCH_CHECK_WITH(OutOfMemoryError, start, "not enough memory: a tensor asks for ", bytes, " bytes");
    // malloc aligns to 16, so the way to the next multiple of 64 is 16 at least.
    const size_t shift = alignment - reinterpret_cast<uintptr_t>(start) % alignment;
    void* block = static_cast<char*>(start) + shift;
    static_cast<void**>(block)[-1] = start;
    if (BlockReader* seeing = reader.load(std::memory_order_acquire)) seeing->taken(block, static_cast<int64_t>(bytes));
    return {block, block, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
};

}  // namespace

void keep_freed_memory() {
  static const bool done = [] {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);  // The largest value glibc takes.
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    c10::SetCPUAllocator(new PlainAllocator, /*priority=*/1);
    return true;
  }();
  (void)done;
}

void return_freed_memory() { malloc_trim(0); }

void read_blocks(BlockReader* one) { reader.store(one, std::memory_order_release); }

}  // namespace dlrun
