// The memory that tensors on `meta` would take, counted by the allocator that gives them none.

#include <c10/core/Allocator.h>

#include <atomic>
#include <mutex>
#include <unordered_set>

#include "tensor/heap_model.h"
#include "tensor/meta.h"
#include "tensor/scope.h"

namespace dlrun {
namespace {

struct Block {
  int64_t bytes;
  std::string module;
  uint64_t counting;  // the count it belongs to
  int64_t address;
};

struct Count {
  std::mutex mutex;
  uint64_t number = 0;  // 0: nobody counts
  uint64_t last = 0;
  int64_t live = 0, peak = 0;
  std::unordered_set<const Block*> blocks;
  HeapModel heap;
};

Count& count() {
  static Count* const one = new Count;  // Tensors may outlive every static object.
  return *one;
}

void release(void* context) {
  const Block* block = static_cast<const Block*>(context);
  {
    const std::lock_guard lock(count().mutex);
    if (block->counting == count().number) {
      count().live -= block->bytes;
      count().heap.give(block->address);
      count().blocks.erase(block);
    }
  }
  delete block;
}

class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    const std::lock_guard lock(count().mutex);
    if (count().number == 0 || bytes == 0) return {nullptr, c10::Device(c10::kMeta)};
    auto* block = new Block{static_cast<int64_t>(bytes), Scope::current(), count().number,
                            count().heap.take(static_cast<int64_t>(bytes))};
    count().blocks.insert(block);
    count().live += block->bytes;
    count().peak = std::max(count().peak, count().live);
    return {nullptr, block, &release, c10::Device(c10::kMeta)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void*, const void*, std::size_t) const override {}
};

void install() {
  static const bool done = [] {
    c10::SetAllocator(c10::kMeta, new CountingAllocator, /*priority=*/1);
    return true;
  }();
  (void)done;
}

}  // namespace

MetaMemory::MetaMemory() {
  install();
  const std::lock_guard lock(count().mutex);
  TORCH_CHECK(count().number == 0, "two counts of meta memory at once");
  count().number = ++count().last;
  count().live = count().peak = 0;
  count().heap = {};
}

MetaMemory::~MetaMemory() {
  const std::lock_guard lock(count().mutex);
  count().number = 0;
  count().blocks.clear();
}

int64_t MetaMemory::live() const {
  const std::lock_guard lock(count().mutex);
  return count().live;
}

int64_t MetaMemory::peak() const {
  const std::lock_guard lock(count().mutex);
  return count().peak;
}

int64_t MetaMemory::footprint() const {
  const std::lock_guard lock(count().mutex);
  return count().heap.peak();
}

void MetaMemory::restart_peak() const {
  const std::lock_guard lock(count().mutex);
  count().peak = count().live;
}

std::map<std::string, int64_t> MetaMemory::live_by_module() const {
  const std::lock_guard lock(count().mutex);
  std::map<std::string, int64_t> bytes;
  for (const Block* block : count().blocks) bytes[block->module] += block->bytes;
  return bytes;
}

}  // namespace dlrun
