// Whether kernels compiled into this plugin run on a device at all.

#pragma once

namespace dlrun {

// Null when a kernel ran and gave the right numbers, else CUDA's sentence on what went wrong. Leaves the current device
// as it was.
const char* cuda_self_test(int index);

}  // namespace dlrun
