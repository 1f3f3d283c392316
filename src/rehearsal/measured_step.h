// What a training step really takes here.

#pragma once

#include "dist/scaling.h"
#include "experiment/experiment.h"

namespace dlrun {

// Medians of some steps over the same `rows` rows, after one that is not counted; of all players together. The
// experiment has real weights, which are trained by it. Throws UserError as a step would.
DeviceStep measured_step(const Experiment& experiment, int64_t rows);

}  // namespace dlrun
