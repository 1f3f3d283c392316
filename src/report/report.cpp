// The verb report: run folders, or a sweep -> a page.

#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/output_file.h"
#include "eval/evaluate.h"
#include "experiment/restored.h"
#include "report/overview.h"
#include "report/run_files.h"
#include "report/run_page.h"
#include "report/sample_section.h"
#include "report/sweep_page.h"

namespace dlrun {
namespace {

constexpr int64_t most_looked_at = 2000;  // of the held-out samples, one by one

// What a training keeps as overview.json, of all the data: with the rows of tables as they were written.
nlohmann::ordered_json looked_at_again(const std::string& run) {
  const Restored restored = restore({.run = run, .keep_rows = true});
  const Experiment& experiment = *restored.experiment;
  nlohmann::ordered_json overview = overview_of(experiment, watch(experiment));
  overview["checkpoint"] = restored.origin;
  overview["step"] = restored.checkpoint.step;
  if (!restored.recipe->task->evaluates()) return overview;
  const std::string split = experiment.held_out();
  HeldOutLook held_out(experiment, HeldOutLook::Patience::all);
  EvaluateOptions options;
  options.measured = [&](const Outcome& outcome) { held_out.add(outcome); };
  evaluate(experiment, *experiment.loader(split), options);
  overview["held_out"] = held_out.record();
  if (auto samples = sample_record(experiment, most_looked_at); !samples.is_null()) overview["samples"] = samples;
  return overview;
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
  if (sweep && !options.png.empty())
    throw UserError(ExitCode::usage, "--png: is for the curves of runs, and a sweep has none; of a sweep give trials");
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
    if (options.evaluate) runs[0].overview = looked_at_again(runs[0].folder);
    write_text_atomically(file, run_page(runs));
    if (!options.png.empty()) write_text_atomically(options.png, curves_png(runs));
  }
  if (!options.tells) return 0;
  if (options.json) {
    nlohmann::ordered_json record = {{"event", "report"}, {"version", 1}, {"file", file}, {"runs", shown}};
    if (!options.png.empty()) record["png"] = options.png;
    fmt::print("{}\n", record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  fmt::print("report: {}\n", file);
  if (!options.png.empty()) fmt::print("curves: {}\n", options.png);
  return 0;
}
