// What a machine multiplies at most.

#pragma once

#include <ATen/core/Tensor.h>

namespace dlrun {

// Operations per second (a multiplication and an addition are two) of a product of two square matrices on this device,
// with the threads that are set: of 1,024 rows on a CPU and 8,192 on a GPU, the fastest of five after one that does not
// count. Takes as long as they do: 0.1 s on one core of a server.
double matrix_peak(at::Device device, at::ScalarType type);

}  // namespace dlrun
