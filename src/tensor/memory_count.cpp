// Counts the memory that tensors take: on the CPU by its allocator, on `meta` by one that gives them none.

#include "tensor/memory_count.h"

#include <c10/core/Allocator.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "tensor/allocator.h"
#include "tensor/heap_model.h"
#include "tensor/scope.h"

namespace dlrun {
namespace {

struct CountedBlock {
  int64_t bytes;
  std::string module;
  int64_t address;  // in the model of the heap
};

thread_local bool paused = false;

class Count final : public BlockReader {
 public:
  void taken(const void* block, int64_t bytes) override {
    if (paused) return;
    const std::lock_guard lock(mutex);
    if (!counting) return;
    if (!blocks.emplace(block, CountedBlock{bytes, Scope::current(), heap.take(bytes)}).second) return;
    live += bytes;
    peak = std::max(peak, live);
  }

  void given(const void* block) override {
    const std::lock_guard lock(mutex);
    const auto found = blocks.find(block);
    if (found == blocks.end()) return;
    live -= found->second.bytes;
    heap.give(found->second.address);
    blocks.erase(found);
  }

  std::mutex mutex;  // guards everything below
  bool counting = false;
  int64_t live = 0, peak = 0;
  std::unordered_map<const void*, CountedBlock> blocks;
  HeapModel heap;
};

Count& count() {
  static Count* const one = new Count;  // Tensors may outlive every static object.
  return *one;
}

void release_counted(void* context) {
  count().given(context);
  delete static_cast<char*>(context);
}

class MetaAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, c10::Device(c10::kMeta)};
    char* block = new char;  // An address of its own, which is all it has.
    count().taken(block, static_cast<int64_t>(bytes));
    return {nullptr, block, &release_counted, c10::Device(c10::kMeta)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void*, const void*, std::size_t) const override {}
};

void install_counter() {
  static const bool done = [] {
    c10::SetAllocator(c10::kMeta, new MetaAllocator, /*priority=*/1);
    return true;
  }();
  (void)done;
}

}  // namespace

MemoryCount::MemoryCount() {
  install_counter();
  {
    const std::lock_guard lock(count().mutex);
    TORCH_CHECK(!count().counting, "two counts of memory at once");
    count().counting = true;
    count().live = count().peak = 0;
    count().heap = {};
  }
  read_blocks(&count());
}

MemoryCount::~MemoryCount() {
  read_blocks(nullptr);
  const std::lock_guard lock(count().mutex);
  count().counting = false;
  count().blocks.clear();
}

int64_t MemoryCount::live() const {
  const std::lock_guard lock(count().mutex);
  return count().live;
}

int64_t MemoryCount::peak() const {
  const std::lock_guard lock(count().mutex);
  return count().peak;
}

int64_t MemoryCount::footprint() const {
  const std::lock_guard lock(count().mutex);
  return count().heap.peak();
}

void MemoryCount::restart_peak() const {
  const std::lock_guard lock(count().mutex);
  count().peak = count().live;
}

void MemoryCount::forget(const at::Tensor& tensor) { count().given(tensor.storage().data_ptr().get_context()); }

std::map<std::string, int64_t> MemoryCount::live_by_module() const {
  const std::lock_guard lock(count().mutex);
  std::map<std::string, int64_t> bytes;
  for (const auto& [key, block] : count().blocks) bytes[block.module] += block.bytes;
  return bytes;
}

MemoryCount::Pause::Pause() : before_(paused) { paused = true; }

MemoryCount::Pause::~Pause() { paused = before_; }

}  // namespace dlrun
