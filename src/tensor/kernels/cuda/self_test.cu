// Whether kernels compiled into this plugin run on a device: fails early, and with a reason, on a GPU they were not
// built for.

#include <cuda_runtime_api.h>

#include "tensor/kernels/cuda/self_test.h"

namespace dlrun {
namespace {

constexpr int count = 256;

__global__ void squares(int* out) { out[threadIdx.x] = static_cast<int>(threadIdx.x * threadIdx.x); }

cudaError_t run(int (&host)[count]) {
  int* memory = nullptr;
  cudaError_t error = cudaMalloc(&memory, sizeof(host));
  if (error != cudaSuccess) return error;
  squares<<<1, count>>>(memory);
  error = cudaGetLastError();
  if (error == cudaSuccess) error = cudaMemcpy(host, memory, sizeof(host), cudaMemcpyDeviceToHost);
  cudaFree(memory);
  return error;
}

}  // namespace

const char* cuda_self_test(int index) {
  int before = 0;
  cudaError_t error = cudaGetDevice(&before);
  if (error == cudaSuccess) error = cudaSetDevice(index);
  if (error != cudaSuccess) return cudaGetErrorString(error);
  int host[count] = {};
  error = run(host);
  cudaSetDevice(before);
  if (error != cudaSuccess) return cudaGetErrorString(error);
  for (int i = 0; i < count; ++i)
    if (host[i] != i * i) return "a kernel of dlrun gave wrong numbers";
  return nullptr;
}

}  // namespace dlrun
