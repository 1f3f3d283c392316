// How the process treats memory it has freed.

#include "tensor/allocator.h"

#include <malloc.h>

namespace dlrun {

void keep_freed_memory() {
  static const bool done = [] {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);  // The largest value glibc takes.
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    return true;
  }();
  (void)done;
}

}  // namespace dlrun
