// What the NCCL plugin offers the engine, found by one exported symbol.

#pragma once

#include <c10/core/Device.h>

#include <string>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace dlrun {

struct NcclPlace {
  c10::intrusive_ptr<c10d::Store> meeting;  // its alone, with keys of this group alone
  int64_t rank = 0, size = 1;
  c10::Device device;
  double seconds = 300;  // after which NCCL gives an exchange up; later than who waits for it
};

}  // namespace dlrun

// The plugin's only exported symbol. Returns before the ranks are connected, which the first exchange does. Throws
// c10::Error.
extern "C" c10::intrusive_ptr<c10d::Backend> dlrun_open_nccl(const dlrun::NcclPlace& place);
