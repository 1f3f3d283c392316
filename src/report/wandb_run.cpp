// Identity, configuration, rows and summary of a run for Weights & Biases.

#include "report/wandb_run.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json_lines.h"
#include "base/log.h"
#include "base/text.h"
#include "mlflow/told_run.h"
#include "report/event_numbers.h"
#include "run/run_marker.h"
#include "spec/component_json.h"
#include "spec/node_of.h"
#include "spec/secrets.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

// Fields of Record; of what they hold; of the items that those hold.
constexpr uint32_t record_history = 2, record_summary = 3, record_run = 17, record_exit = 18;
constexpr uint32_t run_id = 1, run_entity = 2, run_project = 3, run_config = 4, run_group = 6, run_job_type = 7,
                   run_display_name = 8, run_notes = 9, run_tags = 10, run_start_time = 17;
constexpr uint32_t update_items = 1, history_items = 1, history_step = 2, exit_runtime = 2;
constexpr uint32_t item_key = 1, item_nested_key = 2, item_value = 16;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// JSON as Python's reads it: what is not finite stands there as a bare word.
std::string python_json(const Json& value) {
  const double number = is_event_number(value) ? event_number(value) : 0.0;
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

WireWriter item(uint32_t key_field, const std::string& key, const std::string& value) {
  WireWriter item;
  item.text(key_field, key);
  item.text(item_value, value);
  return item;
}

std::vector<std::string> tags() {
  std::vector<std::string> tags;
  for (const std::string& text : split(variable("WANDB_TAGS"), ','))
    if (const size_t first = text.find_first_not_of(' '); first != std::string::npos)
      tags.push_back(text.substr(first, text.find_last_not_of(' ') + 1 - first));
  return tags;
}

// The recipe with what looks secret as the references that it was written with.
void hide_secrets(Node& node) {
  node.text = as_written(node.text);
  for (Node& child : node.children) hide_secrets(child);
}

std::string new_date_and_id() {
  constexpr std::string_view signs = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::string id;
  for (int i = 0; i < 8; ++i) id += signs[random() % signs.size()];
  return fmt::format("{:%Y%m%d_%H%M%S}-{}", fmt::gmtime(std::time(nullptr)), id);
}

// Seconds since 1970 of "20260131_120000-...".
double time_of(const std::string& date_and_id) {
  std::tm time{};
  strptime(date_and_id.c_str(), "%Y%m%d_%H%M%S", &time);
  return static_cast<double>(timegm(&time));
}

// The file that an earlier process of the run began, else one of a new identity in a folder made for it.
std::string file_of(const std::string& run_folder) {
  FileSystem& files = FileSystem::instance();
  const std::string all = run_folder + "/wandb";
  std::string date_and_id;
  if (files.kind(all) == FileKind::folder)
    for (const std::string& name : files.list(all))  // the latest comes last
      if (is_wandb_folder(name)) date_and_id = name.substr(std::char_traits<char>::length(wandb_prefix));
  if (date_and_id.empty()) date_and_id = new_date_and_id();
  const std::string folder = all + "/" + wandb_prefix + date_and_id;
  files.create_folders(folder);
  return fmt::format("{}/run-{}.wandb", folder, date_and_id.substr(date_and_id.find('-') + 1));
}

}  // namespace

WandbRun::WandbRun(const std::string& run_folder, Recipe& recipe) : path_(file_of(run_folder)), file_(path_) {
  const std::string folder = parent_folder(path_);
  const std::string date_and_id =
      folder.substr(folder.rfind(wandb_prefix) + std::char_traits<char>::length(wandb_prefix));
  start_ = time_of(date_and_id);
  begin(recipe, run_folder, date_and_id.substr(date_and_id.find('-') + 1));
  replays_ = true;
  JsonLines(run_folder + "/metrics.jsonl").read([&](const nlohmann::json& line) { record(Json(line)); }, [] {});
  row();
  replays_ = false;
  since_ = monotonic_seconds();
}

WandbRun::~WandbRun() {
  try {
    row();
  } catch (const std::exception& error) {
    log_warning(fmt::format("{}: its last row is missing: {}", path_, error.what()));
  }
}

void WandbRun::begin(Recipe& recipe, const std::string& run_folder, const std::string& id) {
  WireWriter config, time, run;
  for (Node block : node_of(recipe).children) {
    hide_secrets(block);
    config.message(update_items, item(item_key, block.key, python_json(value_json(block))));
  }
  time.integer(1, static_cast<int64_t>(start_));
  const std::string project = variable("WANDB_PROJECT"), name = variable("WANDB_NAME"), notes = variable("WANDB_NOTES");
  run.text(run_id, id);
  run.text(run_entity, variable("WANDB_ENTITY"));
  run.text(run_project, project.empty() ? "uncategorized" : project);
  run.message(run_config, std::move(config));
  run.text(run_group, variable("WANDB_RUN_GROUP"));
  run.text(run_job_type, variable("WANDB_JOB_TYPE"));
  run.text(run_display_name, name.empty() ? name_of_run(run_folder) : name);
  run.text(run_notes, notes.empty() ? as_written(recipe.description) : notes);
  for (const std::string& tag : tags()) run.text(run_tags, tag);
  run.message(run_start_time, std::move(time));
  file_.record(record_run, std::move(run));
}

double WandbRun::seconds() const { return replays_ ? before_ : before_ + monotonic_seconds() - since_; }

void WandbRun::record(const Json& record) {
  if (replays_ && record.contains("seconds")) {
    const auto seconds = record.at("seconds").get<double>();  // of the process that wrote it
    if (seconds < last_) before_others_ = before_;
    last_ = seconds;
    before_ = before_others_ + seconds;
  }
  Json numbers = event_numbers(record);
  if (numbers.empty()) return;
  if (record.at("event") == "test") {
    row();
    return summarize(numbers);
  }
  const auto step = record.at("step").get<int64_t>();
  if (step != step_) row();
  step_ = step;
  if (record.contains("epoch")) row_["epoch"] = record.at("epoch");
  row_.update(numbers);
  row_["_runtime"] = seconds();
  row_["_timestamp"] = replays_ ? start_ + before_ : static_cast<double>(std::time(nullptr));
  row_["_step"] = step_;
}

void WandbRun::summarize(const Json& numbers) {
  WireWriter summary;
  for (const auto& [name, value] : numbers.items())
    summary.message(update_items, item(item_nested_key, name, python_json(value)));
  file_.record(record_summary, std::move(summary));
}

void WandbRun::row() {
  if (row_.empty()) return;
  summarize(row_);
  WireWriter history, step;
  for (const auto& [name, value] : row_.items())
    history.message(history_items, item(item_nested_key, name, python_json(value)));
  if (step_ != 0) step.integer(1, step_);
  history.message(history_step, std::move(step));
  row_ = Json::object();
  file_.record(record_history, std::move(history));
}

void WandbRun::end() {
  row();
  WireWriter exit;
  // A number that is 0 is not written.
  if (const auto whole = static_cast<int64_t>(seconds()); whole > 0) exit.integer(exit_runtime, whole);
  file_.record(record_exit, std::move(exit));
}

}  // namespace dlrun
