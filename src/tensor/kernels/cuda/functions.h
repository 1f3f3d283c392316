// What the CUDA plugin offers the engine: a table of functions, found by one exported symbol.

#pragma once

#include <cstdint>

namespace dlrun {

struct CudaProperties {
  char name[256];
  int64_t memory;
  int major, minor, multiprocessors;
  uint8_t uuid[16];
};

struct CudaFunctions {
  // Runs a kernel of ours on the device and checks its result; null when right, else what went wrong.
  const char* (*self_test)(int index);
  int (*device_count)();
  CudaProperties (*device)(int index);
  void (*use)(int index);
  void (*synchronize)(int index);
  void (*empty_cache)();
  int64_t (*peak_memory)(int index);
  void (*reset_peak_memory)(int index);
};

}  // namespace dlrun

// The plugin's only exported symbol.
extern "C" const dlrun::CudaFunctions* dlrun_cuda_functions();
