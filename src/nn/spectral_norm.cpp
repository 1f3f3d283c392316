// Spectral norm.

#include "nn/spectral_norm.h"

#include <ATen/core/grad_mode.h>

namespace dlrun {
namespace {

constexpr int64_t first_iterations = 15;  // PyTorch's

at::Tensor of_length_one(const at::Tensor& vector, double eps) {
  return vector / at::linalg_vector_norm(vector).clamp_min(eps);
}

}  // namespace

SpectralNorm::SpectralNorm(const at::Tensor& weight, const SpectralNormOptions& options) : options_(options) {
  TORCH_CHECK(weight.dim() > 1, "the spectral norm of a vector");
  const c10::NoGradGuard no_gradients;
  const bool learns = weight.requires_grad();
  parameter("original", original_, weight.detach());
  original_.set_requires_grad(learns);
  const at::Tensor rows = matrix();
  const auto drawn = [&](int64_t length) {
    at::Tensor vector = at::empty({length}, weight.options().requires_grad(false));
    return of_length_one(vector.is_meta() ? vector : vector.normal_(), options.eps);
  };
  buffer("0._u", u_, drawn(rows.size(0)));
  buffer("0._v", v_, drawn(rows.size(1)));
  iterate(first_iterations);
}

at::Tensor SpectralNorm::matrix() const { return original_.movedim(options_.dim, 0).flatten(1); }

void SpectralNorm::iterate(int64_t times) {
  const c10::NoGradGuard no_gradients;
  const at::Tensor rows = matrix();
  for (int64_t i = 0; i < times; ++i) {
    u_ = of_length_one(at::mv(rows, v_), options_.eps);
    v_ = of_length_one(at::mv(rows.t(), u_), options_.eps);
  }
}

at::Tensor SpectralNorm::value() {
  if (training()) iterate(options_.n_power_iterations);
  return original_ / at::dot(u_, at::mv(matrix(), v_));
}

}  // namespace dlrun
