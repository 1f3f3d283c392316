// Whether this machine computes in the precision a recipe asks for.

#include "experiment/precision.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "tensor/autocast.h"

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

}  // namespace dlrun
