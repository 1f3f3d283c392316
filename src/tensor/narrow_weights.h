// Weights in a narrow type, for as long as a network computes: the network itself holds them in float.

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <utility>
#include <vector>

namespace dlrun {

// What some slots hold meanwhile.
using HeldInSlots = std::vector<std::pair<at::Tensor*, at::Tensor>>;

// While one of these lives the slots hold copies of their tensors in the narrow type, one for a tensor that several
// hold. Gradients flow back through the conversion, and are float again where they meet. For one thread; inside another
// one it changes nothing.
class NarrowWeights {
 public:
  NarrowWeights(const std::vector<at::Tensor*>& slots, at::ScalarType type);
  ~NarrowWeights();
  NarrowWeights(const NarrowWeights&) = delete;
  NarrowWeights& operator=(const NarrowWeights&) = delete;

  bool outermost() const { return held_ != nullptr; }

  // What the one that lives in this thread has put in place; null where none does.
  static std::shared_ptr<const HeldInSlots> held();

 private:
  std::shared_ptr<const HeldInSlots> held_;
  std::vector<at::Tensor> own_;  // of the slots
};

// Puts that in place once more, where it is not: for what is computed a second time. Null: nothing.
class HeldAgain {
 public:
  explicit HeldAgain(const std::shared_ptr<const HeldInSlots>& held);
  ~HeldAgain();
  HeldAgain(const HeldAgain&) = delete;
  HeldAgain& operator=(const HeldAgain&) = delete;

 private:
  std::shared_ptr<const HeldInSlots> held_;
  std::vector<at::Tensor> own_;
};

}  // namespace dlrun
