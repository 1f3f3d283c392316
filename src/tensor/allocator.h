// Where tensors on the CPU get their memory from, and how the process treats what they have freed.

#pragma once

#include <cstdint>

namespace dlrun {

// A training step frees what the next one asks for again. By default the C library gives large blocks back to the
// system every time, and the page faults of getting them anew cost more than the arithmetic of many layers. After this
// call blocks up to 32 MiB stay with the process, and a freed block fits the next tensor of its size: ATen asks for
// aligned blocks, for which glibc wants a hole larger than what it then takes, so that no freed block serves its like
// and the heap grows instead. Call it before the first tensor is made; later calls do nothing.
void keep_freed_memory();

// What is free by now goes back to the system all the same: once, where a lot was needed that will not be needed again.
void return_freed_memory();

// Is told of every block that tensors on the CPU take and give back, by the thread that does it, with its address.
class BlockReader {
 public:
  virtual ~BlockReader() = default;
  virtual void taken(const void* block, int64_t bytes) = 0;
  virtual void given(const void* block) = 0;
};

// Null for nobody. `reader` must live as long as the process: another thread may be about to call it. Blocks taken
// before keep_freed_memory() are not seen.
void read_blocks(BlockReader* reader);

}  // namespace dlrun
