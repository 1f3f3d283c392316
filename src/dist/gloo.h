// Several processes on CPUs: libtorch's Gloo backend over TCP. Compiled from gloo.cpp where Gloo's headers were found,
// from gloo_none.cpp otherwise (scripts/cmake/Gloo.cmake).

#pragma once

#include <memory>
#include <string>

#include "dist/group.h"

namespace dlrun {

// Why this dlrun cannot work as several processes, and what helps; empty when it can.
std::string gloo_problem();

// place.size > 1. As open_group().
std::unique_ptr<Group> open_gloo(const RankPlace& place, const GroupOptions& options);

}  // namespace dlrun
