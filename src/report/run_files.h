// What a training leaves for people when it has ended: report.html, curves.svg and .png, overview.json, metrics.csv.

#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "experiment/recipe.h"
#include "report/run_record.h"

namespace dlrun {

// The run in the folder, or those of its members. Throws UserError as read_run() does.
std::vector<RunRecord> runs_in(const std::string& folder);

// Every number over the steps as CSV: "event,step,epoch", then a column for each that was recorded, in the order of
// appearance; a row for each record that has numbers, empty where it lacks one. Infinity and NaN are inf and nan, as
// pandas, R and numpy read them.
std::string metrics_csv(const std::string& metrics_jsonl);

// The curves of runs as a picture, twice the size of the SVG. Throws UserError as png_of_svg() does, no_input where
// there are none.
std::string curves_png(std::span<const RunRecord> runs);

// Writes what `logging` asks for into the run folder, with what is told beside the curves (report/overview.h). What
// cannot be read or written is a warning: a training that has ended has not failed.
using Overview = std::function<nlohmann::ordered_json()>;
void write_run_files(const std::string& folder, const Logging& logging, const Overview& overview = {});

}  // namespace dlrun
