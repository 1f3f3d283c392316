// Group normalisation.

#include "nn/group_norm.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

GroupNorm::GroupNorm(int64_t groups, int64_t channels, double eps) : groups_(groups), eps_(eps) {
  TORCH_CHECK(groups > 0 && channels % groups == 0, channels, " channels in ", groups, " groups");
  parameter("weight", weight, new_tensor({channels}));
  parameter("bias", bias, new_tensor({channels}));
  constant_(weight, 1.0);
  constant_(bias, 0.0);
}

at::Tensor GroupNorm::compute(const at::Tensor& input) { return at::group_norm(input, groups_, weight, bias, eps_); }

}  // namespace dlrun
