// Numbers from a device, all at once.

#include "tensor/read_numbers.h"

namespace dlrun {

std::vector<double> read_numbers(const std::vector<at::Tensor>& scalars) {
  std::vector<double> numbers;
  numbers.reserve(scalars.size());
  bool on_host = true;
  for (const at::Tensor& scalar : scalars) on_host = on_host && scalar.is_cpu();
  if (on_host) {
    for (const at::Tensor& scalar : scalars) numbers.push_back(scalar.item<double>());
    return numbers;
  }
  std::vector<at::Tensor> same;
  at::Device device = at::kCPU;
  for (const at::Tensor& scalar : scalars)
    if (!scalar.is_cpu()) device = scalar.device();
  for (const at::Tensor& scalar : scalars)
    same.push_back(scalar.detach().reshape({}).to(device, at::kDouble, /*non_blocking=*/true));
  const at::Tensor read = at::stack(same).cpu();
  numbers.assign(read.const_data_ptr<double>(), read.const_data_ptr<double>() + read.numel());
  return numbers;
}

}  // namespace dlrun
