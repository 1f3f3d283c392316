// The numbers of runs over their steps, as charts: for a page, and as a picture of their own.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/line_chart.h"
#include "report/run_record.h"

namespace dlrun {

// What tells runs apart: their names, or their folders where names are alike.
std::vector<std::string> labels_of(std::span<const RunRecord> runs);

// A chart for each recorded number: of one run the training and the validation together, with marks where something was
// noticed; of several all of them together.
std::vector<LineChart> curves_of(std::span<const RunRecord> runs, const std::vector<std::string>& labels);

}  // namespace dlrun
