// The C library's heap as numbers.

#include "tensor/heap_model.h"

#include <algorithm>

namespace dlrun {
namespace {

constexpr int64_t own_pages = 32 << 20;  // from this size on
constexpr int64_t unit = 16;             // of glibc
constexpr int64_t head = 64 + 8;         // what dlrun's allocator adds for alignment, and glibc for itself

int64_t rounded(int64_t bytes) { return (bytes + head + unit - 1) / unit * unit; }

}  // namespace

int64_t HeapModel::take(int64_t bytes) {
  const int64_t size = rounded(bytes);
  int64_t address;
  const auto best = by_size_.lower_bound({size, 0});
  if (size >= own_pages) {
    address = next_page_--;
    pages_ += size;
  } else if (best != by_size_.end()) {
    const auto [whole, start] = *best;
    by_size_.erase(best);
    free_.erase(start);
    address = start;
    if (whole > size) add_free(start + size, whole - size);
  } else {
    address = end_;
    if (!free_.empty()) {
      const auto [start, rest] = *free_.rbegin();
      if (start + rest == end_) {  // The last free piece grows.
        by_size_.erase({rest, start});
        free_.erase(start);
        address = start;
      }
    }
    end_ = address + size;
  }
  taken_[address] = size;
  peak_ = std::max(peak_, footprint());
  return address;
}

void HeapModel::give(int64_t address) {
  const auto found = taken_.find(address);
  if (found == taken_.end()) return;
  const int64_t size = found->second;
  taken_.erase(found);
  if (address < 0)
    pages_ -= size;
  else
    add_free(address, size);
}

void HeapModel::add_free(int64_t address, int64_t size) {
  auto after = free_.lower_bound(address);
  if (after != free_.end() && after->first == address + size) {
    size += after->second;
    by_size_.erase({after->second, after->first});
    after = free_.erase(after);
  }
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == address) {
      address = before->first;
      size += before->second;
      by_size_.erase({before->second, before->first});
      free_.erase(before);
    }
  }
  free_[address] = size;
  by_size_.insert({size, address});
}

}  // namespace dlrun
