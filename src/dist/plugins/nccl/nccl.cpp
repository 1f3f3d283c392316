// libtorch's NCCL backend. Linked with libtorch_cuda; the engine loads it only where several processes compute on GPUs.

#include <cstdlib>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "dist/plugins/nccl/functions.h"

namespace dlrun {
namespace {

// What libtorch does about ranks that are lost, unless somebody decided otherwise: it gives communicators up, so that
// kernels end and who waits gets an exception, and leaves the process alone. Who is lost is told by Presence.
void leave_processes_alone() {
  setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "2", /*overwrite=*/0);  // CleanUpOnly
  setenv("TORCH_NCCL_ENABLE_MONITORING", "0", 0);                   // would abort where its own thread stands still
  setenv("TORCH_NCCL_DUMP_ON_TIMEOUT", "0", 0);
  // Gathers and sums of shared weights have communicators of their own: kernels begin in the order of the calls.
  setenv("NCCL_LAUNCH_ORDER_IMPLICIT", "1", 0);
}

}  // namespace
}  // namespace dlrun

__attribute__((visibility("default"))) c10::intrusive_ptr<c10d::Backend> dlrun_open_nccl(
    const dlrun::NcclPlace& place) {
  dlrun::leave_processes_alone();
  const auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = std::chrono::milliseconds(static_cast<int64_t>(place.seconds * 1000));
  const auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(place.meeting, static_cast<int>(place.rank),
                                                                   static_cast<int>(place.size), options);
  backend->setBoundDeviceId(place.device);
  // Read through the header's layout, written by libtorch's: both must know the same members.
  TORCH_CHECK(backend->getOptions() == options && backend->getRank() == place.rank && backend->getSize() == place.size,
              "the nccl.h that dlrun was built with does not suit its libtorch");
  return backend;
}
