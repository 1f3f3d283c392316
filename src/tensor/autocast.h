// Mixed precision: while one of these lives, the operators of this thread compute in a narrow type where torch.autocast
// would, and in float where the digits are needed.

#pragma once

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <string>

namespace dlrun {

// Weights are converted once, until the outermost of them ends. Gradients of weights stay float.
class Autocast {
 public:
  Autocast(at::ScalarType type, at::DeviceType device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

  bool outermost() const { return !before_; }

 private:
  at::DeviceType device_;
  bool before_;
  at::ScalarType type_before_;
};

// While one of these lives, operators compute in what comes, whatever is around it.
class NoAutocast {
 private:
  c10::impl::ExcludeDispatchKeyGuard guard_{c10::autocast_dispatch_keyset};
};

// Why libtorch cannot train in this type on this device; "" where it can. Tries a convolution and a product, both ways.
std::string autocast_problem(at::ScalarType type, at::Device device);

}  // namespace dlrun
