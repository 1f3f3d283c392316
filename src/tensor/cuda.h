// The GPU, as the rest of the engine sees it: found and loaded on first use, absent without fuss.
//
// libtorch's CUDA half and dlrun's own (libdlrun_cuda.so) are loaded only where a GPU answers, so a program that
// computes on the CPU pays nothing for them.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace dlrun {

struct CudaDevice {
  std::string name;
  int64_t memory = 0;  // bytes
  int major = 0;       // compute capability
  int minor = 0;
  int multiprocessors = 0;
  std::array<uint8_t, 16> uuid = {};  // of this GPU alone, in the whole world
};

// Whether CUDA tensors can be made. The first call looks for a GPU and loads what it needs; it must come before
// anything else asks ATen about CUDA (before at::manual_seed, too), because ATen remembers the first answer.
// Thread-safe.
bool cuda_available();

// Why not, in one or two sentences for the user: no GPU, no driver, libraries missing (and what to install). Empty when
// available.
const std::string& cuda_problem();

// The rest requires cuda_available(), and an index in [0, cuda_device_count()); it throws c10::Error when CUDA fails.
int cuda_device_count();
CudaDevice cuda_device(int index);
// Why this GPU does not run dlrun's kernels; empty when it does. Takes memory there, as every use of a GPU does.
std::string cuda_problem_of(int index);
// What has no index is made there from here on, by this thread.
void cuda_use(int index);
void cuda_synchronize(int index);
void cuda_empty_cache();
int64_t cuda_peak_memory(int index);  // bytes that tensors held at most, since the start or the last reset
void cuda_reset_peak_memory(int index);

// What some work asked of a GPU, to ask for it again at once.
class CudaGraph {
 public:
  // Takes it down without doing it. Throws what `work` throws, and c10::Error for what a graph cannot hold: reading a
  // number, above all. What is made on first use has to be made before.
  CudaGraph(int index, const std::function<void()>& work);
  ~CudaGraph();
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  void replay();

 private:
  void* graph_;
};

}  // namespace dlrun
