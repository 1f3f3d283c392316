// Layers one after the other.

#include "nn/sequential.h"

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/pooling.h"

namespace dlrun {
namespace {

using Layers = std::vector<std::shared_ptr<Layer>>;

template <class Wanted>
Wanted* at_index(const Layers& layers, size_t i) {
  return i < layers.size() ? dynamic_cast<Wanted*>(layers[i].get()) : nullptr;
}

// Runs the layers from i on that exist as one operator and gives how many they were; 0 when there is none.
size_t run_together(const Layers& layers, size_t i, at::Tensor& x) {
  auto* norm = at_index<BatchNorm>(layers, i);
  const auto* relu = at_index<Activation>(layers, i + 1);
  if (!norm || !relu || !relu->is_relu()) return 0;
  const auto* pool = at_index<MaxPool2d>(layers, i + 2);
  if (pool && norm->forward_relu_pool(x, pool->side_by_side())) return 3;
  return norm->forward_relu_pool(x, 1) ? 2 : 0;
}

}  // namespace

at::Tensor Sequential::compute(const at::Tensor& input) {
  at::Tensor x = input;
  for (size_t i = 0; i < layers_.size();) {
    const size_t done = training() ? run_together(layers_, i, x) : 0;
    if (done == 0) x = layers_[i]->forward(x);
    i += std::max<size_t>(1, done);
  }
  return x;
}

}  // namespace dlrun
