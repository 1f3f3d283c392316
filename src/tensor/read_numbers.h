// Numbers from a device, all at once.

#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace dlrun {

// The values of scalars, in their order. Waits for the device once, however many they are.
std::vector<double> read_numbers(const std::vector<at::Tensor>& scalars);

}  // namespace dlrun
