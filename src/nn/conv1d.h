// Convolution over series.

#pragma once

#include "nn/layer.h"

namespace dlrun {

// Sizes are in steps. `before` and `behind` are zeros on the two sides of the series, which may differ: a causal
// convolution has all of them before.
struct Conv1dOptions {
  int64_t inputs = 0;   // channels
  int64_t outputs = 0;  // channels
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t before = 0, behind = 0;
  int64_t dilation = 1;
  bool bias = true;
};

// input [N, inputs, T], weight [outputs, inputs, kernel], bias [outputs] or undefined -> [N, outputs, T'].
at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    const Conv1dOptions& options);

// weight [outputs, inputs, kernel], bias [outputs]; torch.nn.Conv1d's names and initial weights.
class Conv1d final : public Layer {
 public:
  explicit Conv1d(const Conv1dOptions& options);
  at::Tensor compute(const at::Tensor& input) override { return convolve(input, weight, bias, options_); }

  at::Tensor weight;
  at::Tensor bias;  // undefined without a bias

 private:
  Conv1dOptions options_;
};

}  // namespace dlrun
