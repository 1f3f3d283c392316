// Tensors over memory that something else owns: a mapped file.

#pragma once

#include <ATen/ATen.h>

#include <memory>

namespace dlrun {

// Makes tensors that keep `owner` alive, for a third of what at::from_blob() with a deleter takes: with a million
// one-element tensors that is what a reader's memory consists of. May be destroyed before its tensors.
class OwnedMemory {
 public:
  explicit OwnedMemory(std::shared_ptr<void> owner);
  ~OwnedMemory();
  OwnedMemory(const OwnedMemory&) = delete;
  OwnedMemory& operator=(const OwnedMemory&) = delete;

  // On the CPU, with a storage of its own. `data` lies in the memory, is aligned for the type, and all elements of the
  // shape and strides (contiguous where there are none) lie there too.
  at::Tensor tensor(std::byte* data, at::ScalarType type, at::IntArrayRef shape,
                    at::OptionalIntArrayRef strides = {}) const;

 private:
  struct Shared;
  static void release(void* shared);
  Shared* shared_;
};

}  // namespace dlrun
