// The verb `data check`: opens the data of a recipe, looks for what is wrong with it, writes a report.

#include "report/data_check.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "audit/samples.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/numbered_folder.h"
#include "base/units.h"
#include "rehearsal/checks.h"
#include "report/data_report.h"

namespace dlrun {
namespace {

std::string sizes_text(const Splits& splits) {
  std::string text;
  for (const auto& [name, split] : named_splits(splits))
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count_text(split->size()), name);
  return text + " samples";
}

std::vector<DataFinding> find_all(const AuditInput& input, const Origins& origins) {
  try {
    return audit(input);
  } catch (const UserError& error) {
    throw UserError(error.code(), with_place(error.what(), origins));
  }
}

std::string usual_folder(const Recipe& recipe) {
  const std::string folder = recipe.output_dir + "-data_check";
  if (!is_numbered(folder)) return folder;
  NumberedFolder numbered(folder);
  numbered.keep();
  return numbered.path();
}

}  // namespace
}  // namespace dlrun

int dlrun_data_check(const dlrun::DataCheckOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  Recipe recipe;
  const Origins origins = read_file(options.recipe, {options.overrides}, recipe);
  resolve(recipe);
  at::set_num_threads(static_cast<int>(recipe.hardware.threads));

  std::vector<Unreadable> unreadable;
  OpenOptions open;
  open.seed = static_cast<uint64_t>(recipe.seed);
  open.classification = recipe.task->classification();
  open.keep_rows = true;
  open.unreadable = &unreadable;
  const Splits splits = recipe.data->open(open);
  const std::vector<DataFinding> findings = find_all({splits, recipe.data_check, unreadable}, origins);

  nlohmann::ordered_json report = {{"version", 1}, {"recipe", options.recipe}, {"samples", {}}, {"findings", {}}};
  for (const auto& [name, split] : named_splits(splits)) report["samples"][name] = split->size();
  int64_t errors = 0, warnings = 0;
  for (const DataFinding& finding : findings) {
    report["findings"].push_back(finding_json(finding));
    errors += finding.gravity == Gravity::error;
    warnings += finding.gravity == Gravity::warning;
  }
  const std::string folder = options.output.empty() ? usual_folder(recipe) : options.output;
  const std::string summary =
      fmt::format("{}: {}; {} errors, {} warnings", recipe.name, sizes_text(splits), errors, warnings);
  FileSystem::instance().create_folders(folder);
  write_text_atomically(folder + "/report.json",
                        report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  write_text_atomically(folder + "/report.html", data_page("Data of " + recipe.name, summary, findings, splits));

  if (options.json) {
    for (const auto& finding : report["findings"]) {
      nlohmann::ordered_json line = {{"event", "finding"}, {"version", 1}};
      line.update(finding);
      fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    fmt::print("{}\n", nlohmann::ordered_json{{"event", "data_check"},
                                              {"version", 1},
                                              {"errors", errors},
                                              {"warnings", warnings},
                                              {"report", folder + "/report.html"}}
                           .dump());
  } else {
    const Terminal out = terminal(stdout);
    for (const DataFinding& finding : findings) fmt::print("{}", finding_text(finding, out));
    fmt::print("{}\nreport: {}/report.html\n", summary, folder);
  }
  return errors > 0 ? static_cast<int>(ExitCode::bad_data) : 0;
}
