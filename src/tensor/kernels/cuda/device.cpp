// The CUDA plugin: devices and memory. Linked with libtorch_cuda; the engine loads it only where a GPU
// answers.

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>

#include <cstdio>
#include <cstring>

#include "tensor/kernels/cuda/functions.h"
#include "tensor/kernels/cuda/self_test.h"

namespace dlrun {
namespace {

using c10::DeviceIndex;
using c10::CachingAllocator::StatType;

int device_count() { return c10::cuda::device_count(); }

CudaProperties device(int index) {
  cudaDeviceProp found;
  C10_CUDA_CHECK(cudaGetDeviceProperties(&found, index));
  CudaProperties properties = {};
  std::snprintf(properties.name, sizeof(properties.name), "%s", found.name);
  properties.memory = static_cast<int64_t>(found.totalGlobalMem);
  properties.major = found.major;
  properties.minor = found.minor;
  properties.multiprocessors = found.multiProcessorCount;
  static_assert(sizeof(found.uuid) == sizeof(properties.uuid));
  std::memcpy(properties.uuid, &found.uuid, sizeof(properties.uuid));
  return properties;
}

void use(int index) { c10::cuda::set_device(static_cast<DeviceIndex>(index)); }

void synchronize(int index) {
  c10::cuda::CUDAGuard guard(static_cast<DeviceIndex>(index));
  c10::cuda::device_synchronize();
}

void empty_cache() { c10::cuda::CUDACachingAllocator::emptyCache(); }

int64_t peak_memory(int index) {
  const auto statistics = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<DeviceIndex>(index));
  return statistics.allocated_bytes[static_cast<size_t>(StatType::AGGREGATE)].peak;
}

void reset_peak_memory(int index) { c10::cuda::CUDACachingAllocator::resetPeakStats(static_cast<DeviceIndex>(index)); }

}  // namespace
}  // namespace dlrun

extern "C" __attribute__((visibility("default"))) const dlrun::CudaFunctions* dlrun_cuda_functions() {
  using namespace dlrun;
  static const CudaFunctions functions = {
      .self_test = cuda_self_test,
      .device_count = device_count,
      .device = device,
      .use = use,
      .synchronize = synchronize,
      .empty_cache = empty_cache,
      .peak_memory = peak_memory,
      .reset_peak_memory = reset_peak_memory,
  };
  return &functions;
}
