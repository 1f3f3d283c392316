// The C library's heap as numbers: how far it grows when blocks are taken and given back in a given order.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace dlrun {

// Blocks come from the free piece that fits best, else from the end of the heap; neighbours that are free become one
// piece, and the heap never shrinks: glibc after keep_freed_memory(). Blocks of 32 MiB and more are pages of their own
// and return to the system. What this leaves out: the thousands of small objects in between.
class HeapModel {
 public:
  // The address of a new block. `bytes` > 0.
  int64_t take(int64_t bytes);
  void give(int64_t address);
  int64_t footprint() const { return end_ + pages_; }  // bytes the process holds now
  int64_t peak() const { return peak_; }               // the largest footprint so far

 private:
  void add_free(int64_t address, int64_t size);

  int64_t end_ = 0;    // of the heap
  int64_t pages_ = 0;  // bytes in pages of their own
  int64_t peak_ = 0;
  int64_t next_page_ = -1;                         // their addresses: below zero
  std::map<int64_t, int64_t> taken_;               // address -> size
  std::map<int64_t, int64_t> free_;                // address -> size
  std::set<std::pair<int64_t, int64_t>> by_size_;  // size, address of every free piece
};

}  // namespace dlrun
