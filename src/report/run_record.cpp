// A run folder, read.

#include "report/run_record.h"

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/text.h"
#include "experiment/experiment.h"
#include "report/overview.h"
#include "run/run_folder.h"
#include "run/training_state.h"
#include "spec/read.h"
#include "spec/secrets.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

// Numbers that are not finite are written as text.
double number(const Json& value) { return value.is_number() ? value.get<double>() : NAN; }

bool is_number(const Json& value) {
  return value.is_number() || value == "NaN" || value == "Infinity" || value == "-Infinity";
}

// What of a record is no series.
bool is_place(const std::string& key) {
  return key == "step" || key == "epoch" || key == "ignored" || key == "seconds" || key == "version" ||
         key == "energy_joules";
}

void add_point(RunRecord& run, const std::string& name, double step, double value) {
  auto found = std::find_if(run.series.begin(), run.series.end(), [&](const auto& each) { return each.first == name; });
  if (found == run.series.end()) found = run.series.insert(found, {name, {}});
  found->second.emplace_back(step, value);
}

void take_totals(RunRecord& run, const Json& record) {
  run.seconds = std::max(run.seconds, std::fmax(0.0, number(record.value("seconds", Json(0)))));
  run.joules = std::max(run.joules, std::fmax(0.0, number(record.value("energy_joules", Json(0)))));
}

void take(RunRecord& run, const Json& record) {
  const std::string event = record.value("event", "");
  const auto step = static_cast<int64_t>(number(record.value("step", Json(0))));
  if (event == "step" || event == "validation") {
    run.steps = std::max(run.steps, step);
    take_totals(run, record);
    for (const auto& [key, value] : record.items()) {
      if (is_place(key) || !is_number(value)) continue;
      // An epoch's mean stands beside the means of its steps, which are the finer line.
      if (event == "validation" && key.starts_with("train/") && run.find(key) && key == "train/loss") continue;
      add_point(run, key, static_cast<double>(step), number(value));
    }
  } else if (event == "diagnosis") {
    run.events.push_back({step, record.value("name", ""), record.value("seen", "")});
  } else if (event == "divergence") {
    run.events.push_back(
        {step, "divergence", "the step was not finite, and " + record.value("action", "") + " followed"});
  } else if (event == "validation_not_finite") {
    run.events.push_back({step, "validation_not_finite", "the loss of the validation was not finite"});
  } else if (event == "test") {
    take_totals(run, record);
  }
}

void read_metrics(RunRecord& run, const std::string& file) {
  if (!FileSystem::instance().exists(file)) return;
  for (const std::string& line : split(read_text(file), '\n')) {
    if (line.empty()) continue;
    const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (record.is_object())
      take(run, record);
    else
      ++run.unread;
  }
}

void read_result(RunRecord& run, const RunFolder& folder) {
  run.finished = folder.finished();
  if (!run.finished) return;
  of_stored(run.folder, "result.json", [&] {
    const Json result = Json::parse(read_text(folder.result_file()));
    if (!result.contains("results")) return;
    const std::string split = result.at("split").get<std::string>() + "/";
    run.checkpoint = result.at("checkpoint").get<int64_t>();
    for (const auto& [key, value] : result.at("results").items())
      if (key.starts_with(split)) run.results.emplace_back(key, number(value));
  });
}

}  // namespace

const Points* RunRecord::find(const std::string& name) const {
  const auto found = std::find_if(series.begin(), series.end(), [&](const auto& each) { return each.first == name; });
  return found == series.end() ? nullptr : &found->second;
}

RunRecord read_run(const std::string& path) {
  const RunFolder folder = RunFolder::open(path);
  RunRecord run;
  run.folder = path;
  run.recipe = std::make_unique<Recipe>();
  read_file(folder.recipe_file(), {}, *run.recipe);
  run.name = as_written(run.recipe->name);
  read_metrics(run, folder.metrics_file());
  read_result(run, folder);
  if (FileSystem::instance().exists(folder.environment_file()))
    run.environment = nlohmann::json::parse(read_text(folder.environment_file()), nullptr, /*allow_exceptions=*/false);
  if (!run.environment.is_object()) run.environment = nullptr;
  if (const std::string file = path + "/" + overview_name; FileSystem::instance().exists(file))
    of_stored(path, overview_name, [&] { run.overview = Json::parse(read_text(file)); });
  std::stable_sort(run.events.begin(), run.events.end(),
                   [](const RunEvent& a, const RunEvent& b) { return a.step < b.step; });
  return run;
}

}  // namespace dlrun
