// Whether this machine computes in the precision a recipe asks for.

#include "experiment/precision.h"

#include <ATen/Context.h>
#include <ATen/SDPBackend.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "tensor/autocast.h"
#include "tensor/cuda.h"

namespace dlrun {
namespace {

bool has_instructions(at::ScalarType type) {
#if defined(__x86_64__)
  return (type == at::kHalf ? __builtin_cpu_supports("avx512fp16") : __builtin_cpu_supports("avx512bf16")) != 0;
#else
  return true;  // Not known.
#endif
}

}  // namespace

void require_precision(const Hardware& hardware, at::Device device) {
  if (hardware.precision == "tf32" && !(device.is_cuda() && cuda_device(device.index()).major >= 8))
    throw UserError(ExitCode::bad_recipe,
                    "hardware.precision: tf32 is a format of products on NVIDIA's GPUs of compute capability 8.0 and "
                    "later, and this is none: take 32");
  const at::ScalarType type = hardware.computes_in();
  if (type == at::kFloat) return;
  const std::string problem = autocast_problem(type, device);
  if (!problem.empty())
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("hardware.precision: {} cannot be computed on this {}: {}", hardware.precision,
                                device.is_cpu() ? "processor" : "GPU", problem));
  static bool told = false;
  if (told || !device.is_cpu() || has_instructions(type)) return;
  told = true;
  log_warning(fmt::format("hardware.precision: this processor has no instructions for {}: {} is slower on it than 32",
                          type == at::kHalf ? "float16" : "bfloat16", hardware.precision));
}

void choose_kernels(const Hardware& hardware, at::Device device) {
  if (!device.is_cuda()) return;
  at::Context& context = at::globalContext();
  // libtorch's own default is TF32 in convolutions and not in products.
  const bool tf32 = hardware.precision == "tf32";
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  // From Hopper on cuDNN's attention is the fastest, and libtorch asks it last.
  if (cuda_device(device.index()).major >= 9)
    context.setSDPPriorityOrder(
        {static_cast<int64_t>(at::SDPBackend::cudnn_attention), static_cast<int64_t>(at::SDPBackend::flash_attention),
         static_cast<int64_t>(at::SDPBackend::efficient_attention), static_cast<int64_t>(at::SDPBackend::math)});
}

}  // namespace dlrun
