// Several processes on CPUs: libtorch's Gloo backend over TCP. Compiled from gloo.cpp where Gloo's headers were found,
// from gloo_none.cpp otherwise (scripts/cmake/Gloo.cmake).

#pragma once

#include <memory>
#include <string>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <vector>

#include "dist/group.h"

namespace dlrun {

// Why this dlrun cannot work as several processes, and what helps; empty when it can.
std::string gloo_problem();

// place.size > 1. As open_group().
std::unique_ptr<Group> open_gloo(const RankPlace& place, const GroupOptions& options);

// As Group::use(), with that backend instead of NCCL's; for tests. Of a group that is Gloo's.
void use_backend(Group& group, at::Device device, const c10::intrusive_ptr<c10d::Backend>& backend);

// When the sums of begin_add() were asked for and when they had come, in monotonic_seconds(), since this was asked
// last; for measurements. Nothing of a group that is not Gloo's.
struct SumTimes {
  int64_t bytes = 0;
  double begun = 0.0, ended = 0.0;
};
std::vector<SumTimes> take_sum_times(Group& group);

}  // namespace dlrun
