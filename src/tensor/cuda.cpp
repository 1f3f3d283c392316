// Finds a GPU, loads libtorch's CUDA half and dlrun's plugin, and forwards to it.

#include "tensor/cuda.h"

#include <dlfcn.h>

#include <filesystem>

#include "tensor/kernels/cuda/functions.h"

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

// The plugin lies beside the library this code is in.
std::filesystem::path plugin_path() {
  Dl_info here = {};
  dladdr(reinterpret_cast<const void*>(&plugin_path), &here);
  return std::filesystem::path(here.dli_fname ? here.dli_fname : "").parent_path() / "libdlrun_cuda.so";
}

std::string explain(const std::filesystem::path& plugin, const std::string& reason) {
  std::string text = "There is a GPU, but " + plugin.string() + " cannot be loaded: " + reason + "\n";
  if (!std::filesystem::exists(plugin))
    return text + "This dlrun was built without nvcc. Install the CUDA toolkit 13.0 and build again.";
  if (reason.find("libtorch_cuda") != std::string::npos || reason.find("libc10_cuda") != std::string::npos)
    return text +
           "The libtorch it was built with is a CPU one; point DLRUN_TORCH_DIR at one with CUDA and build again.";
  return text +
         "libtorch's CUDA libraries are missing. Install them as Python does (pip install torch==2.11.0 in a virtual "
         "environment), point DLRUN_TORCH_DIR at its torch folder and build again.";
}

struct Plugin {
  const CudaFunctions* functions = nullptr;
  std::string problem;
};

Plugin load() {
  Plugin plugin;
  plugin.problem = ask_driver();
  if (!plugin.problem.empty()) return plugin;
  const std::filesystem::path path = plugin_path();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    plugin.problem = explain(path, dlerror());
    return plugin;
  }
  const auto functions = reinterpret_cast<decltype(&dlrun_cuda_functions)>(dlsym(library, "dlrun_cuda_functions"));
  if (!functions) {
    plugin.problem = path.string() + " is of another build of dlrun: build it again.";
    return plugin;
  }
  for (int index = 0; index < functions()->device_count(); ++index) {
    if (const char* error = functions()->self_test(index)) {
      plugin.problem = "GPU " + std::to_string(index) + " does not run dlrun's kernels: " + error + ".";
      return plugin;
    }
  }
  plugin.functions = functions();
  return plugin;
}

const Plugin& plugin() {
  static const Plugin loaded = load();
  return loaded;
}

}  // namespace

bool cuda_available() { return plugin().functions != nullptr; }
const std::string& cuda_problem() { return plugin().problem; }

int cuda_device_count() { return plugin().functions->device_count(); }

CudaDevice cuda_device(int index) {
  const CudaProperties found = plugin().functions->device(index);
  return {found.name, found.memory, found.major, found.minor, found.multiprocessors};
}

void cuda_synchronize(int index) { plugin().functions->synchronize(index); }
void cuda_empty_cache() { plugin().functions->empty_cache(); }
int64_t cuda_peak_memory(int index) { return plugin().functions->peak_memory(index); }
void cuda_reset_peak_memory(int index) { plugin().functions->reset_peak_memory(index); }

}  // namespace dlrun
