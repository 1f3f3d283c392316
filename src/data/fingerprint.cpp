// Which samples are the same.

#include "data/fingerprint.h"

#include <unordered_map>

namespace dlrun {
namespace {

// A cell so that equal values give equal bytes and cells cannot run into each other.
void append_cell(std::string& bytes, const SourceRows& rows, std::string_view cell, bool numeric) {
  const std::optional<double> number = numeric ? parse_number(cell, rows.format) : std::nullopt;
  if (rows.missing.contains(cell)) {
    bytes += 'm';
  } else if (number) {
    const double value = *number + 0.0;  // -0 becomes 0
    bytes += 'n';
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  } else {
    const uint64_t size = cell.size();
    bytes += 't';
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes += cell;
  }
}

struct LowHalf {
  size_t operator()(const Hash128& hash) const { return hash.low; }
};

}  // namespace

Hash128 hash_of_row(const SourceRows& rows, int64_t row) {
  std::string bytes;
  for (const SourceColumn& column : rows.inputs)
    append_cell(bytes, rows, rows.table->cell(row, column.place), column.numeric);
  return hash_of(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

void hash_rows(const at::Tensor& values, const at::Tensor& lengths, Hash128* hashes) {
  const at::Tensor dense = values.contiguous();
  const size_t bytes = static_cast<size_t>(dense.numel() / dense.size(0) * dense.itemsize());
  const auto* row = static_cast<const std::byte*>(dense.const_data_ptr());
  for (int64_t i = 0; i < dense.size(0); ++i, row += bytes) {
    const size_t used = lengths.defined() ? bytes / static_cast<size_t>(dense.size(1)) *
                                                static_cast<size_t>(lengths.const_data_ptr<int64_t>()[i])
                                          : bytes;
    hashes[i] = hash_of({row, used});
  }
}

std::vector<int64_t> number_same(std::span<const Hash128> hashes) {
  std::unordered_map<Hash128, int64_t, LowHalf> numbers;
  std::vector<int64_t> same;
  same.reserve(hashes.size());
  for (const Hash128& hash : hashes)
    same.push_back(numbers.emplace(hash, static_cast<int64_t>(numbers.size())).first->second);
  return same;
}

std::vector<int64_t> number_same(const at::Tensor& samples) {
  std::vector<Hash128> hashes(static_cast<size_t>(samples.size(0)));
  if (!hashes.empty()) hash_rows(samples, {}, hashes.data());
  return number_same(hashes);
}

}  // namespace dlrun
