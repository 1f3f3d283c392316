// Averages of the weights.

#include "step/ema.h"

#include <algorithm>

namespace dlrun {

WeightAverage::WeightAverage(std::vector<at::Tensor> buffers, std::vector<at::Tensor> averages)
    : buffers_(std::move(buffers)), averages_(std::move(averages)) {
  for (size_t i = 0; i < buffers_.size(); ++i) averages_[i].copy_(buffers_[i]);
}

WeightAverage::WeightAverage(std::vector<at::Tensor> buffers) : even_(true), buffers_(std::move(buffers)) {
  for (const at::Tensor& buffer : buffers_) averages_.push_back(buffer.clone());
}

WeightAverage::WeightAverage(const Ema& settings, std::vector<at::Tensor> buffers) : WeightAverage(std::move(buffers)) {
  settings_ = &settings;
  even_ = false;
}

void WeightAverage::update(int64_t step, bool takes) {
  double share = 1.0;  // of the new weights
  if (settings_) {
    double decay = settings_->decay;
    if (settings_->warmup)
      decay = std::min(decay, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
    share = 1.0 - decay;
  } else if (!even_) {
    return;
  } else if (takes) {
    share = 1.0 / static_cast<double>(++taken_);
  } else if (taken_ > 0) {
    return;
  }
  for (size_t i = 0; i < buffers_.size(); ++i) averages_[i].lerp_(buffers_[i], share);
}

void WeightAverage::swap() {
  // Piece by piece: a copy of all weights would be the peak of the training.
  constexpr int64_t piece = int64_t{1} << 18;
  for (size_t i = 0; i < buffers_.size(); ++i) {
    for (int64_t start = 0; start < buffers_[i].numel(); start += piece) {
      const int64_t end = std::min(start + piece, buffers_[i].numel());
      const at::Tensor weights = buffers_[i].slice(0, start, end), averages = averages_[i].slice(0, start, end);
      const at::Tensor kept = weights.clone();
      weights.copy_(averages);
      averages.copy_(kept);
    }
  }
}

}  // namespace dlrun
