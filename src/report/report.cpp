// The verb report: run folders -> a page.

#include "report/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "report/class_section.h"
#include "report/run_files.h"
#include "report/run_page.h"

int dlrun_report(const dlrun::ReportOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  std::vector<RunRecord> runs;
  for (const std::string& run : options.runs)
    for (RunRecord& training : runs_in(run)) runs.push_back(std::move(training));
  std::string file = options.output;
  if (file.empty()) file = options.runs.size() == 1 ? options.runs[0] + "/report.html" : "report.html";
  if (options.evaluate && runs.size() > 1)
    throw UserError(ExitCode::usage, "--evaluate: is for one run; of several, compare says which is better");
  write_text_atomically(file, run_page(runs, options.evaluate ? class_section(runs[0]) : ""));
  if (options.json)
    fmt::print("{}\n",
               nlohmann::ordered_json{{"event", "report"}, {"version", 1}, {"file", file}, {"runs", runs.size()}}.dump(
                   -1, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    fmt::print("report: {}\n", file);
  return 0;
}
