// When stochastic weight averaging takes weights, and the learning rate meanwhile. (Izmailov et al. 2018)

#pragma once

#include <cstdint>

#include "experiment/regularization.h"
#include "optim/schedule.h"

namespace dlrun {

// Steps done when the averaging begins.
int64_t swa_start(const Swa& swa, const TrainingSpan& span);
// Whether the weights after step `step` (from 1) are among those that are averaged.
bool swa_takes(const Swa& swa, const TrainingSpan& span, int64_t step);
// The learning rate of the update behind `step` steps, no fewer than swa_start(): it moves from `at_start`, the
// schedule's own there, to swa.lr and stays. torch.optim.swa_utils.SWALR, counted in updates. `swa.lr` is given.
double swa_rate(const Swa& swa, const TrainingSpan& span, double at_start, int64_t step);

}  // namespace dlrun
