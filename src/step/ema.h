// Exponential moving average of the weights. (Polyak & Juditsky 1992; as timm's ModelEma, with warm-up)

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "experiment/recipe.h"

namespace dlrun {

// Averages flat buffers, which must outlive it. While swapped, the network computes with the average.
class WeightAverage {
 public:
  WeightAverage(const Ema& settings, std::vector<at::Tensor> buffers);
  // Of averages that the optimizer makes itself.
  WeightAverage(std::vector<at::Tensor> buffers, std::vector<at::Tensor> averages);
  void update(int64_t step);  // after update `step` (from 1)
  void swap();                // exchanges the weights and their average; twice is nothing
  std::vector<at::Tensor>& averages() { return averages_; }

 private:
  const Ema* settings_ = nullptr;  // null: the optimizer's own
  std::vector<at::Tensor> buffers_, averages_;
};

}  // namespace dlrun
