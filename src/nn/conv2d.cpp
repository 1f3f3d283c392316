// Convolution over images, and its transpose.

#include "nn/conv2d.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

Conv2d::Conv2d(const Conv2dOptions& options) : options_(options) {
  const auto& kernel = options.kernel;
  parameter("weight", weight,
            new_tensor({options.outputs, options.inputs / options.groups, kernel.front(), kernel.back()}));
  if (options.bias) parameter("bias", bias, new_tensor({options.outputs}));
  default_init_(weight, bias);
}

at::Tensor Conv2d::compute(const at::Tensor& input) {
  return at::conv2d(input, weight, bias, options_.stride, options_.padding, options_.dilation, options_.groups);
}

ConvTranspose2d::ConvTranspose2d(const Conv2dOptions& options) : options_(options) {
  const auto& kernel = options.kernel;
  parameter("weight", weight,
            new_tensor({options.inputs, options.outputs / options.groups, kernel.front(), kernel.back()}));
  if (options.bias) parameter("bias", bias, new_tensor({options.outputs}));
  default_init_(weight, bias);
}

at::Tensor ConvTranspose2d::compute(const at::Tensor& input) {
  return at::conv_transpose2d(input, weight, bias, options_.stride, options_.padding, options_.output_padding,
                              options_.groups, options_.dilation);
}

int64_t convolved(int64_t side, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  const int64_t room = side + 2 * padding - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

}  // namespace dlrun
