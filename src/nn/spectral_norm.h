// Spectral norm: a weight divided by its largest singular value (Miyato et al. 2018).

#pragma once

#include <cstdint>

#include "nn/parametrization.h"

namespace dlrun {

struct SpectralNormOptions {
  int64_t n_power_iterations = 1;
  double eps = 1e-12;
  int64_t dim = 0;  // the dimension of the outputs: of a transposed convolution the second one
};

// Names and numbers of torch.nn.utils.parametrizations.spectral_norm: original, 0._u, 0._v. The singular value comes
// from the power method, which goes on by n_power_iterations in each pass while training and stands still otherwise.
class SpectralNorm final : public Parametrization {
 public:
  // Draws the first vectors from ATen's default generator and makes 15 steps. weight [..] of at least two dimensions.
  SpectralNorm(const at::Tensor& weight, const SpectralNormOptions& options);
  at::Tensor value() override;

 private:
  at::Tensor matrix() const;  // original_ [outputs, everything else]
  void iterate(int64_t times);

  SpectralNormOptions options_;
  at::Tensor original_, u_, v_;
};

}  // namespace dlrun
