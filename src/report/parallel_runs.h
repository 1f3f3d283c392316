// Several runs as parallel coordinates: the keys in which their recipes differ, and the number that chose their
// checkpoints.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/run_record.h"

namespace dlrun {

// A figure with an axis for each key and a line for each run in the colour of its curves, and what it shows in words,
// as markup. The number is the best of `checkpoint.monitor`, of the validation data; "" where the runs have not the
// same one, where nothing differs, or where fewer than two have a number. Keys with more values than an axis can name
// are left out, which is said.
std::string parallel_runs(std::span<const RunRecord> runs, const std::vector<std::string>& labels);

}  // namespace dlrun
