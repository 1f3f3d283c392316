// Convolution over series.

#include "nn/conv1d.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    const Conv1dOptions& options) {
  if (options.before == options.behind)
    return at::conv1d(input, weight, bias, options.stride, options.before, options.dilation);
  const at::Tensor padded = at::constant_pad_nd(input, {options.before, options.behind});
  constexpr int64_t none = 0;
  return at::conv1d(padded, weight, bias, options.stride, none, options.dilation);
}

Conv1d::Conv1d(const Conv1dOptions& options) : options_(options) {
  parameter("weight", weight, new_tensor({options.outputs, options.inputs, options.kernel}));
  if (options.bias) parameter("bias", bias, new_tensor({options.outputs}));
  default_init_(weight, bias);
}

}  // namespace dlrun
