// Members of folds as one network: each was trained on other rows, and sees new samples as these have prepared it to.

#pragma once

#include "experiment/restored.h"

namespace dlrun {

// The members of the run folder `options.run`, whose recipe is `recipe`: batches hold every sample as each member's own
// data prepare it, those of the second on behind "members.1.", ...; the network answers with the mean of the
// probabilities, or of the numbers in the unit of the data. Of the recipe's own data there is the split "test" alone,
// which no member has learned from. Throws UserError: usage where members have other test rows, or where the network
// would have to stand alone (options.data is false); bad_recipe where answers have no mean.
Restored restore_fold_members(const RestoreOptions& options, const Recipe& recipe);

// Whether it is that of such members: its network cannot do without their data.
bool seen_by_members(const Experiment& experiment);

}  // namespace dlrun
