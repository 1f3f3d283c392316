// Where new modules put their weights: `const BuildDevice scope(at::kMeta);` builds a network without memory.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

// Until it is destroyed, modules built by this thread create their tensors on `device`. Scopes nest. The default is the
// CPU, where initial weights are drawn from ATen's default generator; tensors on `meta` hold no values at all.
class BuildDevice {
 public:
  explicit BuildDevice(const at::Device& device);
  ~BuildDevice();
  BuildDevice(const BuildDevice&) = delete;
  BuildDevice& operator=(const BuildDevice&) = delete;

 private:
  at::Device outer_;
};

// A new tensor on the device of the scope, its values not yet set.
at::Tensor new_tensor(at::IntArrayRef sizes, at::ScalarType type = at::kFloat);

}  // namespace dlrun
