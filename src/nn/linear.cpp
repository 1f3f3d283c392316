// Fully connected layer.

#include "nn/linear.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

Linear::Linear(int64_t inputs, int64_t outputs, bool with_bias) {
  parameter("weight", weight, new_tensor({outputs, inputs}));
  if (with_bias) parameter("bias", bias, new_tensor({outputs}));
  default_init_(weight, bias);
}

at::Tensor Linear::compute(const at::Tensor& input) { return at::linear(input, weight, bias); }

}  // namespace dlrun
