// What this dlrun is made of.

#include "report/about.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/units.h"
#include "dist/gloo.h"
#include "onnx/runtime.h"
#include "run/environment.h"
#include "run/processor.h"
#include "tensor/cuda.h"

namespace dlrun {
namespace {

// The file that the code at this address is in.
std::string file_of(const void* address) {
  Dl_info info = {};
  dladdr(address, &info);
  std::error_code error;
  const std::filesystem::path file = info.dli_fname ? info.dli_fname : "";
  const std::filesystem::path real = std::filesystem::canonical(file, error);  // without the ../.. of a search path
  return error ? file.string() : real.string();
}

std::string problem_of(const std::filesystem::path& library) {
  if (!std::filesystem::exists(library)) return "is not part of this build";
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) return "";
  const char* reason = dlerror();
  return reason ? reason : "cannot be loaded";
}

std::vector<About::Plugin> plugins() {
  const std::filesystem::path folder =
      std::filesystem::path(file_of(reinterpret_cast<const void*>(&plugins))).parent_path();
  std::vector<About::Plugin> all = {{"libdlrun_images.so", "reads JPEG and PNG", ""},
                                    {"libdlrun_formats.so", "reads BMP, WebP, TIFF and PNM", ""},
                                    {"libdlrun_arrow.so", "reads and writes Parquet, Arrow and Feather", ""},
                                    {"libdlrun_cuda.so", "computes on NVIDIA's GPUs", ""},
                                    {"libdlrun_nccl.so", "lets several processes compute on them", ""}};
  for (About::Plugin& plugin : all) {
    // Without a GPU libtorch's CUDA half stays outside, and nothing that needs it can be loaded.
    const bool of_gpus = plugin.file == "libdlrun_cuda.so" || plugin.file == "libdlrun_nccl.so";
    const bool wanted = !of_gpus || cuda_available();
    if (wanted || !std::filesystem::exists(folder / plugin.file)) plugin.problem = problem_of(folder / plugin.file);
  }
  return all;
}

void look_for_gpus(About& about) {
  about.gpu_problem = cuda_problem();
  if (!cuda_available()) return;
  for (int i = 0; i < cuda_device_count(); ++i) {
    const CudaDevice device = cuda_device(i);
    const std::string problem = cuda_problem_of(i);
    about.gpus.push_back(fmt::format("{}, {}, compute capability {}.{}{}", device.name,
                                     bytes_text(static_cast<uint64_t>(device.memory)), device.major, device.minor,
                                     problem.empty() ? "" : ". " + problem));
  }
}

void look_for_onnxruntime(About& about) {
  try {
    if (const auto runtime = OnnxRuntime::find()) about.onnxruntime = runtime->version() + ", " + runtime->library();
  } catch (const UserError& error) {
    about.onnxruntime_problem = error.what();
  }
}

}  // namespace
}  // namespace dlrun

int dlrun_about(const dlrun::AboutOptions& options) {
  using namespace dlrun;
  About& about = *options.about;
  look_for_gpus(about);  // before anything else asks ATen about CUDA
  const nlohmann::json environment = describe_environment({});
  about.revision = environment["dlrun"]["revision"];
  about.compiler = environment["dlrun"]["compiler"];
  about.libtorch = environment["libtorch"]["version"];
  about.libtorch_file = file_of(reinterpret_cast<const void*>(&at::get_num_threads));
  about.processor = describe_processor()["model"];
  about.capability = describe_processor()["capability"];
  about.threads = at::get_num_threads();
  about.gloo_problem = gloo_problem();
  look_for_onnxruntime(about);
  about.plugins = plugins();
  return 0;
}
