// Counts the memory that tensors take, and would take if they had values.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>

namespace dlrun {

// Counts every storage on `meta` and on the CPU from its making to its end, views not counted again, in whatever
// thread: what a step takes with real weights, and what it would take if those on `meta` were real. Needs
// keep_freed_memory(). One at a time in a process.
class MemoryCount {
 public:
  MemoryCount();
  ~MemoryCount();
  MemoryCount(const MemoryCount&) = delete;
  MemoryCount& operator=(const MemoryCount&) = delete;

  int64_t live() const;  // bytes of storages made since construction and not freed yet
  int64_t peak() const;  // the largest live() since construction or the last restart_peak()
  void restart_peak() const;
  // The most a process would hold for these storages so far: the heap around them has holes that fit nothing.
  int64_t footprint() const;
  // Counts the storage of this tensor as freed: what is made next takes its place.
  static void forget(const at::Tensor& tensor);
  // Live bytes by the module (Scope) that made them.
  std::map<std::string, int64_t> live_by_module() const;

  // While one exists, what its thread makes is not counted: tensors that stand for others.
  class Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    bool before_;
  };
};

}  // namespace dlrun
