// The CUDA plugin: devices, memory and graphs. Linked with libtorch_cuda; the engine loads it only where a GPU
// answers.

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdio>
#include <cstring>
#include <memory>

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

struct Graph {
  at::cuda::CUDAGraph graph;
  DeviceIndex index;
};

// On a stream of its own, as CUDA asks for; what the work made on the usual one has to be there.
void* record(int index, void (*work)(void*), void* argument) {
  const c10::cuda::CUDAGuard device(static_cast<DeviceIndex>(index));
  c10::cuda::device_synchronize();
  auto graph = std::make_unique<Graph>();
  graph->index = static_cast<DeviceIndex>(index);
  const c10::cuda::CUDAStreamGuard stream(c10::cuda::getStreamFromPool(false, static_cast<DeviceIndex>(index)));
  // Loader threads pin memory meanwhile, which is not this thread's.
  graph->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
  try {
    work(argument);
  } catch (...) {
    try {
      graph->graph.capture_end();
    } catch (const c10::Error&) {  // The first error is the one to tell.
    }
    (void)cudaGetLastError();
    throw;
  }
  graph->graph.capture_end();
  return graph.release();
}

void replay(void* graph) {
  Graph& ours = *static_cast<Graph*>(graph);
  const c10::cuda::CUDAGuard device(ours.index);
  ours.graph.replay();
}

void forget(void* graph) {
  c10::cuda::device_synchronize();
  delete static_cast<Graph*>(graph);
}

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
      .record = record,
      .replay = replay,
      .forget = forget,
  };
  return &functions;
}
