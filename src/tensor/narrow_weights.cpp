// Weights in a narrow type, for as long as a network computes.

#include "tensor/narrow_weights.h"

#include <map>

namespace dlrun {
namespace {

thread_local std::shared_ptr<const HeldInSlots> held_now;

std::vector<at::Tensor> put_in_place(const HeldInSlots& held) {
  std::vector<at::Tensor> own;
  for (const auto& [slot, tensor] : held) own.push_back(std::exchange(*slot, tensor));
  return own;
}

void put_back(const HeldInSlots& held, std::vector<at::Tensor>& own) {
  for (size_t i = 0; i < held.size(); ++i) *held[i].first = std::move(own[i]);
}

}  // namespace

NarrowWeights::NarrowWeights(const std::vector<at::Tensor*>& slots, at::ScalarType type) {
  if (held_now) return;
  HeldInSlots held;
  std::map<const void*, at::Tensor> narrow;  // by the tensor that they are made of
  for (at::Tensor* slot : slots) {
    if (!slot->defined() || !slot->is_floating_point()) continue;
    at::Tensor& copy = narrow[slot->unsafeGetTensorImpl()];
    if (!copy.defined()) copy = slot->to(type);
    held.emplace_back(slot, copy);
  }
  held_ = held_now = std::make_shared<const HeldInSlots>(std::move(held));
  own_ = put_in_place(*held_);
}

NarrowWeights::~NarrowWeights() {
  if (!held_) return;
  put_back(*held_, own_);
  held_now = nullptr;
}

std::shared_ptr<const HeldInSlots> NarrowWeights::held() { return held_now; }

HeldAgain::HeldAgain(const std::shared_ptr<const HeldInSlots>& held) {
  if (!held || held_now) return;
  held_ = held_now = held;
  own_ = put_in_place(*held_);
}

HeldAgain::~HeldAgain() {
  if (!held_) return;
  put_back(*held_, own_);
  held_now = nullptr;
}

}  // namespace dlrun
