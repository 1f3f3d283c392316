// The verb report: run folders, or a sweep -> a page.

#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/output_file.h"
#include "report/class_section.h"
#include "report/run_files.h"
#include "report/run_page.h"
#include "report/sample_section.h"
#include "report/sweep_page.h"

namespace dlrun {
namespace {

// What a run folder does not hold: it takes the data.
std::string looked_at_again(const std::string& run) {
  const Restored restored = restore({.run = run});
  return class_section(restored) + sample_section(restored) + layer_section(restored);
}

}  // namespace
}  // namespace dlrun

int dlrun_report(const dlrun::ReportOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  const bool sweep = std::any_of(options.runs.begin(), options.runs.end(), is_sweep_folder);
  if (sweep && options.runs.size() > 1)
    throw UserError(ExitCode::usage,
                    "dlrun report: a sweep has a page of its own; give its folder alone, or run folders");
  if (sweep && options.evaluate)
    throw UserError(ExitCode::usage, "--evaluate: is for one run; of a sweep give one of its trials: " +
                                         options.runs[0] + "/trials/0001");
  std::string file = options.output;
  if (file.empty()) file = options.runs.size() == 1 ? options.runs[0] + "/report.html" : "report.html";
  size_t shown = 1;
  if (sweep) {
    write_text_atomically(file, sweep_page(options.runs[0]));
  } else {
    std::vector<RunRecord> runs;
    for (const std::string& run : options.runs)
      for (RunRecord& training : runs_in(run)) runs.push_back(std::move(training));
    shown = runs.size();
    if (options.evaluate && shown > 1)
      throw UserError(ExitCode::usage, "--evaluate: is for one run; of several, compare says which is better");
    write_text_atomically(file, run_page(runs, options.evaluate ? looked_at_again(runs[0].folder) : ""));
  }
  if (!options.tells) return 0;
  if (options.json)
    fmt::print("{}\n",
               nlohmann::ordered_json{{"event", "report"}, {"version", 1}, {"file", file}, {"runs", shown}}.dump(
                   -1, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    fmt::print("report: {}\n", file);
  return 0;
}
