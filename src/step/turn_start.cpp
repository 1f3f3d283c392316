// What running a turn once more needs beside its batch and the weights.

#include "step/turn_start.h"

#include "run/training_state.h"

namespace dlrun {

TurnStart::TurnStart(const Module& all, const at::Device& device)
    : buffers_(all.buffers()), streams_(device), taken_(streams_.copy()) {
  for (const NamedTensor& buffer : buffers_) copies_.push_back(buffer.tensor->clone());
}

void TurnStart::take() {
  take_buffers();
  take_streams();
}

void TurnStart::take_buffers() {
  for (size_t i = 0; i < buffers_.size(); ++i) copies_[i].copy_(*buffers_[i].tensor);
}

void TurnStart::take_streams() { taken_ = streams_.copy(); }

void TurnStart::restore() const {
  for (size_t i = 0; i < buffers_.size(); ++i) buffers_[i].tensor->copy_(copies_[i]);
  streams_.restore(taken_.take());
}

TensorList TurnStart::tensors() const {
  TensorList tensors;
  for (size_t i = 0; i < buffers_.size(); ++i)
    tensors.emplace_back(kept_name(kept_model, buffers_[i].name), copies_[i]);
  for (auto& stream : taken_.take()) tensors.push_back(std::move(stream));
  return tensors;
}

}  // namespace dlrun
