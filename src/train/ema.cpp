// Exponential moving average of the weights.

#include "train/ema.h"

#include <algorithm>

namespace dlrun {

WeightAverage::WeightAverage(const Ema& settings, std::vector<at::Tensor> buffers)
    : settings_(settings), buffers_(std::move(buffers)) {
  for (const at::Tensor& buffer : buffers_) averages_.push_back(buffer.clone());
}

void WeightAverage::update(int64_t step) {
  double decay = settings_.decay;
  if (settings_.warmup) decay = std::min(decay, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
  for (size_t i = 0; i < buffers_.size(); ++i) averages_[i].lerp_(buffers_[i], 1.0 - decay);
}

void WeightAverage::swap() {
  for (size_t i = 0; i < buffers_.size(); ++i) {
    const at::Tensor weights = buffers_[i].clone();
    buffers_[i].copy_(averages_[i]);
    averages_[i].copy_(weights);
  }
}

}  // namespace dlrun
