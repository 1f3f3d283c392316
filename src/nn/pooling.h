// Layers without weights that make images smaller: pooling and flattening.

#pragma once

#include "nn/layer.h"
#include "tensor/pooled.h"

namespace dlrun {

// The maximum of each window; stride 0 means windows side by side.
class MaxPool2d final : public Layer {
 public:
  explicit MaxPool2d(int64_t size, int64_t stride = 0, int64_t padding = 0)
      : size_(size), stride_(stride ? stride : size), padding_(padding) {}
  at::Tensor compute(const at::Tensor& input) override {
    return pooled(input, [&](const at::Tensor& images) { return at::max_pool2d(images, size_, stride_, padding_); });
  }

  // The size of windows that neither overlap nor leave gaps nor reach over the border, else 0.
  int64_t side_by_side() const { return size_ == stride_ && padding_ == 0 ? size_ : 0; }

 private:
  int64_t size_, stride_, padding_;
};

// The mean of each window; stride 0 means windows side by side.
class AvgPool2d final : public Layer {
 public:
  explicit AvgPool2d(int64_t size, int64_t stride = 0) : size_(size), stride_(stride ? stride : size) {}
  at::Tensor compute(const at::Tensor& input) override {
    return pooled(input, [&](const at::Tensor& images) { return at::avg_pool2d(images, size_, stride_); });
  }

 private:
  int64_t size_, stride_;
};

// [N, C, H, W] -> [N, C]: one number per channel.
class GlobalAvgPool2d final : public Layer {
 public:
  at::Tensor compute(const at::Tensor& input) override { return input.mean({2, 3}); }
};

class GlobalMaxPool2d final : public Layer {
 public:
  at::Tensor compute(const at::Tensor& input) override { return input.amax({2, 3}); }
};

// [N, ...] -> [N, everything else], in the order of indices whatever the memory format.
class Flatten final : public Layer {
 public:
  at::Tensor compute(const at::Tensor& input) override { return input.flatten(1); }
};

}  // namespace dlrun
