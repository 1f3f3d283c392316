// Batch normalisation, ReLU and max pooling as one operator.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

// Whether norm_relu_pool takes this: float, on the CPU (or on `meta`, where only shapes are computed), dense in
// channels_last, a multiple of 16 channels, windows of 1 or 2 pixels that fit, affine norm.
bool norm_relu_pool_takes(const at::Tensor& input, const at::Tensor& weight, int64_t pool);

// max_pool2d(relu(batch_norm(input)), pool) while training, with gradients: the operator dlrun::norm_relu_pool. It
// reads and writes a third of the memory those three need. input [N, C, H, W] -> [N, C, H / pool, W / pool]; weight,
// bias, running_mean, running_var [C], the last two updated as torch.nn.BatchNorm2d does. pool 1 means no pooling.
// Results differ from the three operators' by rounding only and do not depend on the number of threads.
at::Tensor norm_relu_pool(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                          at::Tensor& running_mean, at::Tensor& running_var, double momentum, double eps, int64_t pool);

}  // namespace dlrun
