// Where a turn that is not finite went wrong: it runs once more, under the tap.

#pragma once

#include "step/fault.h"
#include "step/step.h"

namespace dlrun {

// Runs the player's turn again from buffers and random streams as they are; `done` optimizer steps were made before it.
// Changes gradients, buffers and streams as a turn does, no weight.
Fault find_fault_of_turn(const Experiment& experiment, Step& step, const Batch& batch, size_t player, int64_t done);

}  // namespace dlrun
