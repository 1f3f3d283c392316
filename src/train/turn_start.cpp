// What running a turn once more needs beside its batch and the weights.

#include "train/turn_start.h"

namespace dlrun {
namespace {

at::Generator generator() { return at::globalContext().defaultGenerator(at::kCPU); }

}  // namespace

TurnStart::TurnStart(const Network& network) : buffers_(network.buffers()) {
  for (const NamedTensor& buffer : buffers_) copies_.push_back(buffer.tensor->clone());
}

void TurnStart::take() {
  for (size_t i = 0; i < buffers_.size(); ++i) copies_[i].copy_(*buffers_[i].tensor);
  random_ = generator().get_state();
}

void TurnStart::restore() const {
  for (size_t i = 0; i < buffers_.size(); ++i) buffers_[i].tensor->copy_(copies_[i]);
  generator().set_state(random_.clone());
}

TensorList TurnStart::tensors() const {
  TensorList tensors;
  for (size_t i = 0; i < buffers_.size(); ++i) tensors.emplace_back("model." + buffers_[i].name, copies_[i]);
  tensors.emplace_back("random.cpu", random_);
  return tensors;
}

}  // namespace dlrun
