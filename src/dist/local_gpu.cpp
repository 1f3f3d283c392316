// Which GPU a process computes on.

#include "dist/local_gpu.h"

#include <fmt/format.h>

#include "base/error.h"

namespace dlrun {

int64_t gpu_of(const RankPlace& place, int64_t count, const Variables& variables) {
  if (place.size == 1) return 0;
  if (count >= place.local_size) return place.local_rank;
  if (count == 1 && variables("CUDA_VISIBLE_DEVICES")) return 0;
  throw UserError(ExitCode::bad_recipe,
                  fmt::format("hardware.devices: {} processes on this machine need a GPU each, and {} {}. Give "
                              "hardware.devices={}, or hardware.accelerator=cpu",
                              place.local_size, count, count == 1 ? "is there" : "are there", count));
}

}  // namespace dlrun
