// Instance normalisation.

#include "nn/instance_norm.h"

#include "base/error.h"
#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

InstanceNorm::InstanceNorm(int64_t channels, double eps) : eps_(eps) {
  parameter("weight", weight, new_tensor({channels}));
  parameter("bias", bias, new_tensor({channels}));
  constant_(weight, 1.0);
  constant_(bias, 0.0);
}

at::Tensor InstanceNorm::compute(const at::Tensor& input) {
  if (training() && input.numel() == input.size(0) * input.size(1))
    throw UserError(ExitCode::bad_recipe,
                    "architecture: " + path() +
                        " is an instance norm, and one place is left of each channel there, which "
                        "it would make 0: use fewer blocks or pool less, or another norm");
  return at::group_norm(input, input.size(1), weight, bias, eps_);
}

}  // namespace dlrun
