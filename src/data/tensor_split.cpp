// A split whose samples are rows of tensors in memory.

#include "data/tensor_split.h"

#include <cstring>
#include <numeric>

namespace dlrun {
namespace {

// Rows of eight bytes are class indices: a plain loop instead of a call for each.
void copy_rows(const char* from, char* to, size_t row_bytes, std::span<const int64_t> rows) {
  if (row_bytes == sizeof(int64_t)) {
    for (size_t i = 0; i < rows.size(); ++i) std::memcpy(to + 8 * i, from + 8 * rows[i], 8);
    return;
  }
  for (int64_t row : rows) {
    std::memcpy(to, from + static_cast<size_t>(row) * row_bytes, row_bytes);
    to += row_bytes;
  }
}

}  // namespace

TensorSplit::TensorSplit(Fields fields, std::vector<int64_t> rows, std::function<std::string(int64_t)> name)
    : fields_(std::move(fields)), rows_(std::move(rows)), name_(std::move(name)) {
  for (const auto& [key, value] : fields_) {
    TORCH_CHECK(value.is_contiguous() && value.is_cpu(), "'", key, "' must be a contiguous CPU tensor");
    for (int64_t row : rows_) TORCH_CHECK(row >= 0 && row < value.size(0), "row ", row, " outside '", key, "'");
  }
}

Batch TensorSplit::gather(std::span<const int64_t> indices) const {
  std::vector<int64_t> rows(indices.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = rows_.at(static_cast<size_t>(indices[i]));
  Batch batch;
  batch.count = static_cast<int64_t>(indices.size());
  for (const auto& [key, value] : fields_) {
    std::vector<int64_t> sizes = value.sizes().vec();
    // A row of nothing has a stride of 1 all the same.
    const size_t row_bytes = value.numel() == 0 ? 0 : value.element_size() * static_cast<size_t>(value.stride(0));
    sizes[0] = batch.count;
    at::Tensor copy = at::empty(sizes, value.options());
    copy_rows(static_cast<const char*>(value.const_data_ptr()), static_cast<char*>(copy.data_ptr()), row_bytes, rows);
    batch.set(key, std::move(copy));
  }
  return batch;
}

int64_t TensorSplit::label(int64_t index) const {
  const int64_t row = rows_.at(static_cast<size_t>(index));
  for (const auto& [name, value] : fields_)
    if (name == "target" && value.dim() == 1 && value.scalar_type() == at::kLong)
      return value.const_data_ptr<int64_t>()[row];
  return -1;
}

std::string TensorSplit::describe(int64_t index) const {
  int64_t row = rows_.at(static_cast<size_t>(index));
  return name_ ? name_(row) : "row " + std::to_string(row);
}

std::vector<int64_t> all_rows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace dlrun
