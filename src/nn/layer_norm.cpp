// Layer normalisation over the last dimension.

#include "nn/layer_norm.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

LayerNorm::LayerNorm(int64_t features, double eps, bool with_bias) : eps_(eps) {
  parameter("weight", weight, new_tensor({features}));
  constant_(weight, 1.0);
  if (!with_bias) return;
  parameter("bias", bias, new_tensor({features}));
  constant_(bias, 0.0);
}

at::Tensor LayerNorm::compute(const at::Tensor& input) {
  return at::layer_norm(input, weight.sizes(), weight, bias, eps_);
}

}  // namespace dlrun
