// What a training leaves for people.

#include "report/run_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "report/curves.h"
#include "report/overview.h"
#include "report/run_page.h"
#include "report/svg_picture.h"
#include "run/run_folder.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t picture_columns = 2;
constexpr double picture_scale = 2.0;

std::string csv_name(const std::string& name) {
  if (name.find_first_of(",\"\n\r") == std::string::npos) return name;
  std::string cell = "\"";
  for (const char letter : name) cell += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return cell + "\"";
}

// A number as CSV; empty for what is none.
std::string csv_number(const Json& value) {
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) return number_text(value.get<double>());
  return value == "NaN" ? "nan" : value == "Infinity" ? "inf" : value == "-Infinity" ? "-inf" : "";
}

bool is_column(const std::string& name) {
  return name != "event" && name != "step" && name != "epoch" && name != "version";
}

// Not through a link: it would lead to a file of somebody else.
void write_own(const std::string& path, const std::string& text) {
  if (FileSystem::instance().is_link(path)) throw UserError(ExitCode::cannot_write, path + ": is a link");
  write_text_atomically(path, text);
}

void write_pages(const std::string& folder) {
  const std::vector<RunRecord> runs = runs_in(folder);
  write_own(folder + "/report.html", run_page(runs));
  const std::vector<LineChart> charts = curves_of(runs, labels_of(runs));
  if (charts.empty()) return;
  const std::string svg = charts_svg(charts, picture_columns);
  write_own(folder + "/curves.svg", svg);
  if (const std::string problem = png_problem(); problem.empty())
    write_own(folder + "/curves.png", png_of_svg(svg, picture_scale));
  else
    log_detail("no curves.png: " + problem);
}

std::string stored_text(const Json& json) {
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void write_table(const std::string& folder) {
  const std::string metrics = RunFolder::open(folder).metrics_file();
  if (FileSystem::instance().exists(metrics)) write_own(folder + "/metrics.csv", metrics_csv(read_text(metrics)));
}

}  // namespace

std::vector<RunRecord> runs_in(const std::string& run) {
  const RunFolder folder = RunFolder::open(run);
  FileSystem& files = FileSystem::instance();
  std::vector<RunRecord> runs;
  if (files.kind(folder.members()) != FileKind::folder) {
    runs.push_back(read_run(run));
    return runs;
  }
  for (int64_t number = 1;; ++number) {
    const std::string member = fmt::format("{}/{}", folder.members(), number);
    if (files.kind(member) != FileKind::folder) return runs;
    runs.push_back(read_run(member));
  }
}

std::string metrics_csv(const std::string& metrics_jsonl) {
  std::vector<Json> records;
  std::vector<std::string> columns;
  for (const std::string& line : split(metrics_jsonl, '\n')) {
    Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object()) continue;
    bool any = false;
    for (const auto& [name, value] : record.items()) {
      if (!is_column(name) || csv_number(value).empty()) continue;
      any = true;
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
    }
    if (any) records.push_back(std::move(record));
  }
  std::string text = "event,step,epoch";
  for (const std::string& name : columns) text += "," + csv_name(name);
  text += "\n";
  for (const Json& record : records) {
    text += csv_name(record.value("event", ""));
    for (const char* place : {"step", "epoch"}) text += "," + csv_number(record.value(place, Json()));
    for (const std::string& name : columns) text += "," + csv_number(record.value(name, Json()));
    text += "\n";
  }
  return text;
}

std::string curves_png(std::span<const RunRecord> runs) {
  const std::vector<LineChart> charts = curves_of(runs, labels_of(runs));
  if (charts.empty()) throw UserError(ExitCode::no_input, "--png: no number was recorded, and there are no curves");
  return png_of_svg(charts_svg(charts, picture_columns), picture_scale);
}

void write_run_files(const std::string& folder, const Logging& logging, const Overview& overview) {
  try {
    if (logging.report && overview) write_own(folder + "/" + overview_name, stored_text(overview()));
  } catch (const std::exception& error) {
    log_warning(
        fmt::format("the report shows less of the data and the held-out samples than it could: {}", error.what()));
  }
  try {
    if (logging.report) write_pages(folder);
    if (logging.csv) write_table(folder);
  } catch (const std::exception& error) {
    log_warning(fmt::format("the training has ended well, but not all of its report is written (logging.report): {}",
                            error.what()));
  }
}

}  // namespace dlrun
