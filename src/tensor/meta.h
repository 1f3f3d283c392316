// Work on tensors without values: what `meta` lacks beside the kernels in tensor/meta/.

#pragma once

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace dlrun {

// For TapOptions::prepare. Where some tensors of a call are on `meta`, the others are replaced by tensors without
// values of the same shape, strides and type, because operators take no mixture; a device among the arguments becomes
// `meta`. Calls without any such tensor are left alone, so that code that depends on values (the edges of a graph)
// works as long as it reads real ones.
void all_on_meta(const c10::OperatorHandle& op, std::span<c10::IValue> arguments);

// Counts the memory that tensors on `meta` would take if they were real: every storage from its making to its end,
// views not counted again, as a CPU would see it but for the allocator's own rounding. One at a time in a process.
class MetaMemory {
 public:
  MetaMemory();
  ~MetaMemory();
  MetaMemory(const MetaMemory&) = delete;
  MetaMemory& operator=(const MetaMemory&) = delete;

  int64_t live() const;  // bytes of storages made since construction and not freed yet
  int64_t peak() const;  // the largest live() since construction or the last restart_peak()
  void restart_peak() const;
  // The most a process would hold for these storages so far: the heap around them has holes that fit nothing.
  int64_t footprint() const;
  // Live bytes by the module (Scope) that made them.
  std::map<std::string, int64_t> live_by_module() const;
};

}  // namespace dlrun
