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
  // Takes down what `work(argument)` asks of the device as a CUDA graph, without doing it. Throws what work throws, and
  // c10::Error for what a graph cannot hold.
  void* (*record)(int index, void (*work)(void*), void* argument);
  void (*replay)(void* graph);
  void (*forget)(void* graph);
};

}  // namespace dlrun

// The plugin's only exported symbol.
extern "C" const dlrun::CudaFunctions* dlrun_cuda_functions();
