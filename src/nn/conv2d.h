// Convolution over images, and its transpose.

#pragma once

#include <vector>

#include "nn/layer.h"

namespace dlrun {

// Sizes are in pixels. A kernel of one number is square.
struct Conv2dOptions {
  int64_t inputs = 0;   // channels
  int64_t outputs = 0;  // channels
  std::vector<int64_t> kernel = {3};
  int64_t stride = 1;
  int64_t padding = 0;
  std::vector<int64_t> output_padding = {0};  // of the transpose alone
  int64_t dilation = 1;
  int64_t groups = 1;
  bool bias = true;
};

// weight [outputs, inputs / groups, kh, kw], bias [outputs]; torch.nn.Conv2d's names and initial weights.
class Conv2d final : public Layer {
 public:
  explicit Conv2d(const Conv2dOptions& options);
  at::Tensor compute(const at::Tensor& input) override;  // [N, inputs, H, W] -> [N, outputs, H', W']

  at::Tensor weight;
  at::Tensor bias;  // undefined without a bias

 private:
  Conv2dOptions options_;
};

// weight [inputs, outputs / groups, kh, kw], bias [outputs]; torch.nn.ConvTranspose2d's names and initial weights.
class ConvTranspose2d final : public Layer {
 public:
  explicit ConvTranspose2d(const Conv2dOptions& options);
  at::Tensor compute(const at::Tensor& input) override;  // [N, inputs, H, W] -> [N, outputs, H', W']

  at::Tensor weight;
  at::Tensor bias;  // undefined without a bias

 private:
  Conv2dOptions options_;
};

// The length of a side after a convolution or pooling; below 1 when the kernel does not fit.
int64_t convolved(int64_t side, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation = 1);

}  // namespace dlrun
