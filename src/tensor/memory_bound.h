// A bound on the memory that the tensors one thread makes may take.

#pragma once

#include <cstdint>
#include <memory>

namespace dlrun {

struct MemoryAccount;

// While it lives, every block that ATen takes for a CPU tensor on this thread counts, until it is freed: on whichever
// thread, and after the bound is gone too. A block counts as its bytes and some hundred more for the objects around it.
// One that would go beyond the bound throws c10::OutOfMemoryError before anything is taken. Not counted: what ATen's
// own threads and the libraries below ATen take for themselves. Bounds nest; the innermost counts alone.
class MemoryBound {
 public:
  explicit MemoryBound(uint64_t bytes);
  ~MemoryBound();
  MemoryBound(const MemoryBound&) = delete;
  MemoryBound& operator=(const MemoryBound&) = delete;

  uint64_t live() const;  // bytes that count now
  uint64_t peak() const;  // the most that counted at once

  // Throws as a block of count * each bytes would that is taken now; for memory that is none of a tensor. Both are at
  // least 0. Without a bound on this thread nothing happens.
  static void expect(int64_t count, int64_t each);

 private:
  std::shared_ptr<MemoryAccount> account_;
  const std::shared_ptr<MemoryAccount>* outer_;
};

}  // namespace dlrun
