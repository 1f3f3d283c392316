// One process alone.

#pragma once

#include <memory>

#include "dist/group.h"

namespace dlrun {

// Tensors may be on any device.
std::unique_ptr<Group> open_single();

}  // namespace dlrun
