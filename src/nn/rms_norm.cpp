// Root mean square normalisation.

#include "nn/rms_norm.h"

#include <limits>

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

RmsNorm::RmsNorm(int64_t features, std::optional<double> eps) : eps_(eps) {
  parameter("weight", weight, new_tensor({features}));
  constant_(weight, 1.0);
}

at::Tensor RmsNorm::compute(const at::Tensor& input) {
  const double eps = eps_.value_or(std::numeric_limits<float>::epsilon());
  if (weight.scalar_type() == at::kBFloat16) {  // Squares and their mean need more digits, as in torch.nn.RMSNorm.
    const at::Tensor wide = input.to(at::kFloat);
    return (wide * at::rsqrt(wide.square().mean({-1}, true) + eps) * weight).to(input.scalar_type());
  }
  return input * at::rsqrt(input.square().mean({-1}, /*keepdim=*/true) + eps) * weight;
}

}  // namespace dlrun
