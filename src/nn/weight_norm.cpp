// Weight norm.

#include "nn/weight_norm.h"

#include <ATen/core/grad_mode.h>

namespace dlrun {

WeightNorm::WeightNorm(const at::Tensor& weight, int64_t dim) : dim_(dim) {
  TORCH_CHECK(dim < weight.dim(), "dimension ", dim, " of a weight of ", weight.dim());
  const c10::NoGradGuard no_gradients;
  const bool learns = weight.requires_grad();
  direction_ = weight.detach();
  parameter("original0", length_, lengths().clone());
  parameter("original1", direction_, weight.detach());
  length_.set_requires_grad(learns);
  direction_.set_requires_grad(learns);
}

at::Tensor WeightNorm::lengths() const {
  if (dim_ < 0) return at::linalg_vector_norm(direction_);
  std::vector<int64_t> others;
  for (int64_t d = 0; d < direction_.dim(); ++d)
    if (d != dim_) others.push_back(d);
  return at::linalg_vector_norm(direction_, 2, others, /*keepdim=*/true);
}

at::Tensor WeightNorm::value() { return direction_ * (length_ / lengths()); }

}  // namespace dlrun
