// The model of the heap: best fit, joined neighbours, an end that never comes back.

#include "tensor/heap_model.h"

#include <catch2/catch.hpp>

namespace dlrun::heap_model_test {

TEST_CASE("a hole is taken by what fits it best, and neighbours that are free become one") {
  HeapModel heap;
  const int64_t a = heap.take(1000), b = heap.take(3000), c = heap.take(2000), d = heap.take(1000);
  const int64_t whole = heap.footprint();
  CHECK(whole >= 7000);
  CHECK(whole < 7000 + 4 * 80);
  heap.give(b);
  CHECK(heap.take(3000) == b);  // its own hole
  CHECK(heap.footprint() == whole);
  heap.give(a);
  heap.give(c);
  CHECK(heap.take(1000) == a);  // not c, which is larger
  CHECK(heap.take(2000) == c);
  heap.give(b);
  heap.give(c);
  CHECK(heap.take(5080) == b);  // both together
  CHECK(heap.footprint() == whole);
  heap.give(d);
  CHECK(heap.take(2000) == d);  // the end grows by what is missing
  CHECK(heap.footprint() - whole < 1100);
}

TEST_CASE("blocks that fit no hole make the heap grow though enough is free: fragmentation") {
  HeapModel heap;
  int64_t blocks[20];
  for (int64_t& block : blocks) block = heap.take(1 << 20);
  for (int i = 0; i < 20; i += 2) heap.give(blocks[i]);
  const int64_t before = heap.footprint();
  heap.take(2 << 20);
  CHECK(heap.footprint() > before);
}

TEST_CASE("large blocks are pages of their own and go back") {
  HeapModel heap;
  const int64_t block = heap.take(64 << 20);
  CHECK(heap.footprint() >= 64 << 20);
  heap.give(block);
  CHECK(heap.footprint() == 0);
  CHECK(heap.peak() >= 64 << 20);
}

}  // namespace dlrun::heap_model_test
