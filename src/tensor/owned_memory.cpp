// Tensors over memory that something else owns.

#include "tensor/owned_memory.h"

#include <atomic>

namespace dlrun {

// One for all tensors: each counts as a pointer to it, where a std::shared_ptr would need a block of its own.
struct OwnedMemory::Shared {
  std::shared_ptr<void> owner;
  std::atomic<int64_t> users = 1;
};

OwnedMemory::OwnedMemory(std::shared_ptr<void> owner) : shared_(new Shared{std::move(owner)}) {}

OwnedMemory::~OwnedMemory() { release(shared_); }

void OwnedMemory::release(void* shared) {
  auto* one = static_cast<Shared*>(shared);
  if (--one->users == 0) delete one;
}

at::Tensor OwnedMemory::tensor(std::byte* data, at::ScalarType type, at::IntArrayRef shape,
                               at::OptionalIntArrayRef strides) const {
  ++shared_->users;
  return at::for_blob(data, shape)
      .strides(strides)
      .context(shared_, &release)
      .options(at::TensorOptions().dtype(type))
      .make_tensor();
}

}  // namespace dlrun
