// Counting the heap: the C library's functions, by way of ours. The program's own definitions win over the library's,
// for every library in the process.

#include "heap_peak.h"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);
}

namespace {

struct Count {
  bool on = false;
  int64_t live = 0, peak = 0;
};
thread_local Count counted;

// glibc keeps the size in front of each block.
int64_t size_of(void* block) { return block ? static_cast<int64_t>(malloc_usable_size(block) + sizeof(size_t)) : 0; }

void* took(void* block) {
  if (counted.on) {
    counted.live += size_of(block);
    counted.peak = std::max(counted.peak, counted.live);
  }
  return block;
}

void gives(void* block) {
  if (counted.on) counted.live -= size_of(block);
}

}  // namespace

extern "C" {
void* malloc(size_t size) { return took(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return took(__libc_calloc(count, size)); }
void* memalign(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }
void* aligned_alloc(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }
void* realloc(void* block, size_t size) {
  const int64_t before = size_of(block);
  void* const moved = __libc_realloc(block, size);
  // Old and new stand side by side while the bytes are copied.
  took(moved);
  if (counted.on && (moved || size == 0)) counted.live -= before;
  return moved;
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = took(__libc_memalign(alignment, size));
  return *block ? 0 : ENOMEM;
}
void free(void* block) {
  gives(block);
  __libc_free(block);
}
}

namespace dlrun::test {

bool can_count_heap() { return true; }

HeapPeak::HeapPeak() { counted = {true, 0, 0}; }

HeapPeak::~HeapPeak() { counted.on = false; }

int64_t HeapPeak::peak() const { return counted.peak; }

}  // namespace dlrun::test
