// Finds a GPU, loads libtorch's CUDA half and dlrun's plugin, and forwards to it.

#include "tensor/cuda.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

#include "tensor/kernels/cuda/functions.h"
#include "tensor/plugin.h"

namespace dlrun {
namespace {

// The driver's own interface, so that no CUDA library is needed to ask whether there is a GPU.
std::string ask_driver() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return "No NVIDIA driver on this machine (libcuda.so.1 is not there).";
  const auto initialize = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto count_devices = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  if (!initialize || !count_devices) return "libcuda.so.1 is not NVIDIA's driver.";
  const int error = initialize(0);
  int count = 0;
  if (error == 0 && count_devices(&count) == 0 && count > 0) return "";
  if (error == 0 || error == 100) return "No GPU on this machine, or CUDA_VISIBLE_DEVICES hides it.";
  return "The NVIDIA driver cannot be started (cuInit says " + std::to_string(error) + "); nvidia-smi may say more.";
}

std::string explain(const Plugin& plugin) {
  const std::string& reason = plugin.problem;
  std::string text = "There is a GPU, but " + plugin.path + " cannot be loaded: " + reason + "\n";
  if (!std::filesystem::exists(plugin.path))
    return text + "This dlrun was built without nvcc. Install the CUDA toolkit 13.0 and build again.";
  if (reason.find("libtorch_cuda") != std::string::npos || reason.find("libc10_cuda") != std::string::npos)
    return text +
           "The libtorch it was built with is a CPU one; point DLRUN_TORCH_DIR at one with CUDA and build again.";
  return text +
         "libtorch's CUDA libraries are missing. Install them as Python does (pip install torch==2.11.0 in a virtual "
         "environment), point DLRUN_TORCH_DIR at its torch folder and build again.";
}

struct LoadedCuda {
  const CudaFunctions* functions = nullptr;
  std::string problem;
};

LoadedCuda load_cuda() {
  LoadedCuda cuda;
  cuda.problem = ask_driver();
  if (!cuda.problem.empty()) return cuda;
  const Plugin plugin = load_plugin("libdlrun_cuda.so", "dlrun_cuda_functions");
  if (!plugin.problem.empty())
    cuda.problem = explain(plugin);
  else if (!plugin.entry)
    cuda.problem = plugin.path + " is of another build of dlrun: build it again.";
  else
    cuda.functions = reinterpret_cast<decltype(&dlrun_cuda_functions)>(plugin.entry)();
  return cuda;
}

const LoadedCuda& loaded_cuda() {
  static const LoadedCuda loaded = load_cuda();
  return loaded;
}

}  // namespace

bool cuda_available() { return loaded_cuda().functions != nullptr; }
const std::string& cuda_problem() { return loaded_cuda().problem; }

int cuda_device_count() { return loaded_cuda().functions->device_count(); }

CudaDevice cuda_device(int index) {
  const CudaProperties found = loaded_cuda().functions->device(index);
  CudaDevice device{found.name, found.memory, found.major, found.minor, found.multiprocessors, {}};
  std::copy(std::begin(found.uuid), std::end(found.uuid), device.uuid.begin());
  return device;
}

std::string cuda_problem_of(int index) {
  const char* error = loaded_cuda().functions->self_test(index);
  return error ? "GPU " + std::to_string(index) + " does not run dlrun's kernels: " + error + "." : "";
}

void cuda_use(int index) { loaded_cuda().functions->use(index); }

void cuda_synchronize(int index) { loaded_cuda().functions->synchronize(index); }
void cuda_empty_cache() { loaded_cuda().functions->empty_cache(); }
int64_t cuda_peak_memory(int index) { return loaded_cuda().functions->peak_memory(index); }
void cuda_reset_peak_memory(int index) { loaded_cuda().functions->reset_peak_memory(index); }

CudaGraph::CudaGraph(int index, const std::function<void()>& work) {
  const auto call = [](void* argument) { (*static_cast<const std::function<void()>*>(argument))(); };
  graph_ = loaded_cuda().functions->record(index, call, const_cast<std::function<void()>*>(&work));
}
CudaGraph::~CudaGraph() { loaded_cuda().functions->forget(graph_); }
void CudaGraph::replay() { loaded_cuda().functions->replay(graph_); }

}  // namespace dlrun
