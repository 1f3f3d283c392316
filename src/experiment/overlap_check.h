// Before every training: no sample may be in two splits.

#pragma once

#include "experiment/experiment.h"

namespace dlrun {

// Looks for samples that are in two splits and lets go of the rows that were kept for it. What was found is remembered
// for the next time, see OverlapCache. Nothing is looked for where `data_check.allow` names exact_overlap. Needs
// BuildOptions::keep_rows. Throws UserError(bad_data), "data: 12 of 10,000 test samples are also in train ...".
void refuse_overlap(const Experiment& experiment);

}  // namespace dlrun
