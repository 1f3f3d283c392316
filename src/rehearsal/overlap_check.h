// Before every training: no sample may be in two splits, and one that goes on goes on with the same samples.

#pragma once

#include "audit/contents.h"
#include "experiment/experiment.h"

namespace dlrun {

// Looks for samples that are in two splits, tells what the splits hold, and lets go of the rows that were kept for it.
// What was found is remembered for the next time, see OverlapCache. Overlap is no error where `data_check.allow` names
// exact_overlap. Needs BuildOptions::keep_rows. Throws UserError(bad_data), "data: 12 of 10,000 test samples are also
// in train ...".
Contents refuse_overlap(const Experiment& experiment);

// Throws UserError(bad_data) when a split is not what it was, unless `data_check.allow` names changed_data. Splits that
// one of the two lacks have changed too.
void refuse_change(const Contents& before, const Contents& now, const DataCheckSettings& settings);

}  // namespace dlrun
