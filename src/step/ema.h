// Averages of the weights: exponential (Polyak & Juditsky 1992; as timm's ModelEma, with warm-up) or even
// (stochastic weight averaging, Izmailov et al. 2018; as torch.optim.swa_utils.AveragedModel).

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
  // An even one: it is the weights themselves until the first are taken.
  explicit WeightAverage(std::vector<at::Tensor> buffers);
  // After update `step` (from 1). `takes`: whether these weights are among those of an even average.
  void update(int64_t step, bool takes = false);
  void swap();  // exchanges the weights and their average; twice is nothing
  std::vector<at::Tensor>& averages() { return averages_; }
  int64_t taken() const { return taken_; }  // weights in an even average so far
  void restore(int64_t taken) { taken_ = taken; }

 private:
  const Ema* settings_ = nullptr;  // of an exponential one
  bool even_ = false;
  int64_t taken_ = 0;
  std::vector<at::Tensor> buffers_, averages_;
};

}  // namespace dlrun
