// A batch: a small ordered set of named tensors.

#include "tensor/batch.h"

namespace dlrun {

bool Batch::has(std::string_view name) const {
  for (const auto& [key, value] : items_)
    if (key == name) return true;
  return false;
}

const at::Tensor& Batch::operator[](std::string_view name) const {
  for (const auto& [key, value] : items_)
    if (key == name) return value;
  throw NoSuchTensor(name);
}

void Batch::set(std::string_view name, at::Tensor value) {
  for (auto& [key, slot] : items_) {
    if (key == name) {
      slot = std::move(value);
      return;
    }
  }
  items_.emplace_back(std::string(name), std::move(value));
}

void Batch::erase(std::string_view name) {
  std::erase_if(items_, [&](const auto& item) { return item.first == name; });
}

Batch Batch::to(const at::Device& device) const {
  Batch moved;
  moved.count = count;
  for (const auto& [key, value] : items_) moved.set(key, value.to(device, value.scalar_type(), /*non_blocking=*/true));
  return moved;
}

}  // namespace dlrun
