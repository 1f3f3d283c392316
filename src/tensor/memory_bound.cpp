// A bound on the memory of tensors: an allocator in front of ATen's.

#include "tensor/memory_bound.h"

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <atomic>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "base/units.h"
#include "tensor/allocator.h"

namespace dlrun {

struct MemoryAccount {
  const uint64_t most;
  std::atomic<uint64_t> live = 0, peak = 0;

  explicit MemoryAccount(uint64_t bytes) : most(bytes) {}

  // Only the thread of the bound takes; any thread may give.
  void take(uint64_t bytes) {
    expect(bytes);
    peak = std::max<uint64_t>(peak, live += bytes);
  }
  void give(uint64_t bytes) { live -= bytes; }

  void expect(uint64_t bytes) const {
    const uint64_t left = most - std::min<uint64_t>(live, most);
    if (bytes <= left) return;
    C10_THROW_ERROR(OutOfMemoryError, fmt::format("it asks for {} of memory where {} of {} are left", bytes_text(bytes),
                                                  bytes_text(left), bytes_text(most)));
  }
};

namespace {

constexpr uint64_t object_bytes = 448;  // TensorImpl, StorageImpl and the record here, as the heap rounds them

thread_local const std::shared_ptr<MemoryAccount>* innermost = nullptr;

struct Block {
  std::shared_ptr<MemoryAccount> account;
  uint64_t bytes;
};

// The blocks that count, by address: tensors carry nothing that could say so.
struct Blocks {
  std::mutex mutex;
  std::unordered_map<const void*, Block> all;
  std::atomic<size_t> count = 0;  // so that nobody locks while there are none
  c10::Allocator* inner = nullptr;
  c10::DeleterFnPtr inner_deleter = nullptr;
};

Blocks& blocks() {
  static Blocks* const one = new Blocks;  // Tensors may outlive every static object.
  return *one;
}

void release_bound(void* data) {
  if (blocks().count != 0) {
    const std::lock_guard lock(blocks().mutex);
    if (const auto found = blocks().all.find(data); found != blocks().all.end()) {
      found->second.account->give(found->second.bytes);
      blocks().all.erase(found);
      --blocks().count;
    }
  }
  blocks().inner_deleter(data);
}

class BoundedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    if (!innermost || size == 0) return renamed(blocks().inner->allocate(size));
    const uint64_t bytes = std::min<uint64_t>(size, std::numeric_limits<uint64_t>::max() - object_bytes) + object_bytes;
    const std::shared_ptr<MemoryAccount> account = *innermost;
    account->take(bytes);
    try {
      c10::DataPtr data = renamed(blocks().inner->allocate(size));
      const std::lock_guard lock(blocks().mutex);
      blocks().all[data.get()] = {account, bytes};
      ++blocks().count;
      return data;
    } catch (...) {
      account->give(bytes);
      throw;
    }
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release_bound; }
  void copy_data(void* to, const void* from, std::size_t size) const override {
    blocks().inner->copy_data(to, from, size);
  }

 private:
  // An allocator gives every block the deleter that raw_deleter() names.
  static c10::DataPtr renamed(c10::DataPtr data) {
    const bool done = data.compare_exchange_deleter(blocks().inner_deleter, &release_bound);
    TORCH_CHECK(done, "the CPU allocator gave a block another deleter than it says");
    return data;
  }
};

void install_bound() {
  static const bool done = [] {
    keep_freed_memory();  // Its allocator lies beneath this one, whoever comes first.
    blocks().inner = c10::GetAllocator(c10::kCPU);
    blocks().inner_deleter = blocks().inner->raw_deleter();
    TORCH_CHECK(blocks().inner_deleter, "the CPU allocator has no deleter of its own");
    c10::SetAllocator(c10::kCPU, new BoundedAllocator, /*priority=*/100);
    return true;
  }();
  (void)done;
}

}  // namespace

MemoryBound::MemoryBound(uint64_t bytes) : account_(std::make_shared<MemoryAccount>(bytes)), outer_(innermost) {
  install_bound();
  innermost = &account_;
}

MemoryBound::~MemoryBound() { innermost = outer_; }

uint64_t MemoryBound::live() const { return account_->live; }

uint64_t MemoryBound::peak() const { return account_->peak; }

void MemoryBound::expect(int64_t count, int64_t each) {
  if (!innermost) return;
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(count), static_cast<uint64_t>(each), &bytes))
    bytes = std::numeric_limits<uint64_t>::max();
  (*innermost)->expect(bytes);
}

}  // namespace dlrun
