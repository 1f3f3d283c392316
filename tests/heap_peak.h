// How much of the heap something takes at its worst moment.

#pragma once

#include <cstdint>

namespace dlrun::test {

// Whether this build can count: not under a sanitizer, which has a heap of its own.
bool can_count_heap();

// Counts what this thread takes from the heap and gives back, as the C library rounds it, from now on.
class HeapPeak {
 public:
  HeapPeak();
  ~HeapPeak();
  HeapPeak(const HeapPeak&) = delete;
  HeapPeak& operator=(const HeapPeak&) = delete;

  int64_t peak() const;  // the most bytes beyond those of the start
};

}  // namespace dlrun::test
