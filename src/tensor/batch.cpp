// A batch: a small ordered set of named tensors, each of which says how its rows belong to the samples.

#include "tensor/batch.h"

namespace dlrun {
namespace {

constexpr std::pair<Rows, const char*> row_names[] = {
    {Rows::sample, "sample"}, {Rows::packed, "packed"}, {Rows::whole, "whole"}};

}  // namespace

const char* name_of(Rows rows) {
  for (const auto& [one, name] : row_names)
    if (one == rows) return name;
  return "";
}

std::optional<Rows> rows_named(std::string_view name) {
  for (const auto& [rows, one] : row_names)
    if (name == one) return rows;
  return std::nullopt;
}

const Batch::Item* Batch::find(std::string_view name) const {
  for (const Item& item : items_)
    if (item.name == name) return &item;
  return nullptr;
}

const Batch::Item& Batch::item(std::string_view name) const {
  if (const Item* found = find(name)) return *found;
  throw NoSuchTensor(name);
}

void Batch::set(std::string_view name, at::Tensor value, Rows rows) {
  if (Item* there = slot(name)) {
    there->value = std::move(value);
    there->rows = rows;
  } else {
    items_.push_back({std::string(name), std::move(value), rows});
  }
}

void Batch::set(std::string_view name, at::Tensor value) {
  const Item* there = find(name);
  set(name, std::move(value), there ? there->rows : Rows::sample);
}

void Batch::erase(std::string_view name) {
  std::erase_if(items_, [&](const Item& item) { return item.name == name; });
}

TensorList Batch::tensors() const {
  TensorList list;
  for (const Item& item : items_) list.emplace_back(item.name, item.value);
  return list;
}

Batch Batch::to(const at::Device& device) const {
  Batch moved = *this;
  for (Item& item : moved.items_) item.value = item.value.to(device, item.value.scalar_type(), /*non_blocking=*/true);
  return moved;
}

std::string Batch::whole_field() const {
  for (const Item& item : items_)
    if (item.rows == Rows::whole) return item.name;
  return "";
}

Batch Batch::cut(int64_t first, int64_t length) const {
  TORCH_CHECK(first >= 0 && length >= 0 && first + length <= count, "samples ", first, " to ", first + length,
              " of a batch of ", count);
  Batch part;
  part.count = length;
  if (!ids.empty()) part.ids.assign(ids.begin() + first, ids.begin() + first + length);
  for (const Item& item : items_) {
    if (item.rows == Rows::whole) throw CannotBeCut(item.name);
    if (item.rows == Rows::sample) {
      const bool offsets = item.name.ends_with(".offsets") && has(item.name.substr(0, item.name.size() - 8));
      if (!offsets) {
        part.set(item.name, item.value.narrow(0, first, length), item.rows);
        continue;
      }
      const at::Tensor mine = item.value.narrow(0, first, length + 1);  // one more than samples: where the last ends
      part.set(item.name, mine - mine[0], item.rows);
      continue;
    }
    const at::Tensor& offsets = (*this)[item.name + ".offsets"];
    const int64_t begin = offsets[first].item<int64_t>(), end = offsets[first + length].item<int64_t>();
    part.set(item.name, item.value.narrow(0, begin, end - begin), item.rows);
  }
  return part;
}

Batch Batch::named(std::string_view prefix) const {
  Batch part;
  part.count = count;
  for (const Item& item : items_)
    if (item.name.starts_with(prefix)) part.set(item.name.substr(prefix.size()), item.value, item.rows);
  return part;
}

}  // namespace dlrun
