// Where new modules put their weights.

#include "nn/build_device.h"

namespace dlrun {
namespace {

thread_local at::Device build_device = at::kCPU;

}  // namespace

BuildDevice::BuildDevice(const at::Device& device) : outer_(build_device) { build_device = device; }

BuildDevice::~BuildDevice() { build_device = outer_; }

at::Tensor new_tensor(at::IntArrayRef sizes, at::ScalarType type) {
  return at::empty(sizes, at::TensorOptions().dtype(type).device(build_device));
}

}  // namespace dlrun
