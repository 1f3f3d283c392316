// What a machine multiplies at most.

#include "tensor/matrix_peak.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/clock.h"
#include "tensor/cuda.h"

namespace dlrun {

double matrix_peak(at::Device device, at::ScalarType type) {
  const at::NoGradGuard no_gradient;
  const int64_t rows = device.is_cpu() ? 1024 : 8192;
  const at::Tensor one = at::full({rows, rows}, 0.5, at::TensorOptions(device).dtype(type));
  at::Tensor product = at::empty_like(one);
  double fastest = 0.0;
  for (int turn = 0; turn < 6; ++turn) {
    const double start = monotonic_seconds();
    at::mm_out(product, one, one);
    if (device.is_cuda()) cuda_synchronize(device.index());
    const double seconds = monotonic_seconds() - start;
    if (turn == 1 || (turn > 1 && seconds < fastest)) fastest = seconds;
  }
  const auto size = static_cast<double>(rows);
  return 2 * size * size * size / std::max(fastest, 1e-9);
}

}  // namespace dlrun
