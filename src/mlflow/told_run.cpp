// Files of a run -> requests, and what is remembered of them.

#include "mlflow/told_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "run/status.h"
#include "spec/bind.h"
#include "spec/component_json.h"
#include "spec/compose.h"
#include "spec/node_of.h"
#include "spec/read_json.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

// Blocks that say nothing of what is learned, or how.
constexpr std::string_view silent_blocks[] = {"version", "name",       "description", "output_dir", "logging",
                                              "export",  "data_check", "diagnosis",   "checkpoint", "sweep"};

int64_t now_in_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string variable_or(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

Node recipe_of(const std::string& folder) {
  const std::string file = folder + "/recipe.yaml";
  if (FileSystem::instance().kind(file) != FileKind::file)
    throw UserError(ExitCode::no_input, folder + ": holds no run (it has no recipe.yaml)");
  std::vector<Complaint> complaints;
  Node tree = compose_file(file, complaints);
  throw_complaints(std::move(complaints));
  return tree;
}

void add_parameters(const Node& node, const std::string& path, MlflowPairs& pairs) {
  const auto is_scalar = [](const Node& item) { return item.is_scalar(); };
  if (node.is_scalar()) {
    pairs.emplace_back(path, node.text);
  } else if (node.is_list() && std::all_of(node.children.begin(), node.children.end(), is_scalar)) {
    std::vector<std::string> items;
    for (const Node& item : node.children) items.push_back(item.text);
    pairs.emplace_back(path, "[" + join(items, ", ") + "]");
  } else {
    for (size_t i = 0; i < node.children.size(); ++i)
      add_parameters(node.children[i], child_path(path, node.is_map() ? node.children[i].key : std::to_string(i)),
                     pairs);
  }
}

MlflowPairs parameters_of(const Node& recipe) {
  MlflowPairs pairs;
  for (const Node& block : recipe.children)
    if (std::find(std::begin(silent_blocks), std::end(silent_blocks), block.key) == std::end(silent_blocks))
      add_parameters(block, block.key, pairs);
  size_t cut = 0;
  for (auto& [key, value] : pairs) {
    key = mlflow_name(key);
    if (value.size() <= most_mlflow_value) continue;
    size_t end = most_mlflow_value - 3;
    while (end > 0 && (value[end] & 0xC0) == 0x80) --end;  // no letter in halves
    value = value.substr(0, end) + "...";
    ++cut;
  }
  if (cut > 0)
    log_info(
        fmt::format("MLflow: {} parameters are longer than the {} bytes it takes, and are cut; recipe.yaml has them "
                    "whole",
                    cut, most_mlflow_value));
  return pairs;
}

MlflowPairs tags_of(const Node& recipe, const std::string& folder, const MlflowSettings& settings) {
  MlflowPairs tags = {{"mlflow.source.type", "LOCAL"}, {"mlflow.source.name", "dlrun"}, {"dlrun.folder", folder}};
  if (const char* user = std::getenv("USER"); user && *user) tags.emplace_back("mlflow.user", user);
  for (const auto& [key, tag] : {std::pair("description", "mlflow.note.content"), std::pair("name", "dlrun.recipe")})
    if (const Node* text = recipe.find(key); text && text->is_scalar() && !text->text.empty())
      tags.emplace_back(tag, text->text);
  for (const std::string& tag : settings.tags)
    tags.emplace_back(tag.substr(0, tag.find('=')), tag.substr(tag.find('=') + 1));
  return tags;
}

double number_of(const nlohmann::json& value) {
  if (value == "Infinity") return HUGE_VAL;
  if (value == "-Infinity") return -HUGE_VAL;
  return value.is_number() ? value.get<double>() : std::nan("");
}

bool is_number(const nlohmann::json& value) {
  return value.is_number() || value == "NaN" || value == "Infinity" || value == "-Infinity";
}

// How MLflow calls how a run stands; empty where it goes on, or may.
std::string ending_of(const std::optional<RunStatus>& status) {
  if (!status) return "";
  if (status->state == "finished") return "FINISHED";
  if (status->state == "failed" || status->state == "diverged") return "FAILED";
  return "";
}

void add_files(const std::string& folder, const std::string& name, std::vector<std::string>& names) {
  FileSystem& files = FileSystem::instance();
  const std::string path = folder + "/" + name;
  if (files.is_link(path)) return;
  if (files.kind(path) == FileKind::file) names.push_back(name);
  if (files.kind(path) != FileKind::folder) return;
  for (const std::string& each : files.list(path)) add_files(folder, name + "/" + each, names);
}

}  // namespace

std::string name_of_run(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::vector<std::string> names = split(folder, '/');
  const size_t count = names.size() > 2 && names[names.size() - 2] == "members" ? 3 : 1;
  return join({names.end() - static_cast<std::ptrdiff_t>(std::min(count, names.size())), names.end()}, "/");
}

std::vector<Field> MlflowState::fields() {
  return {
      field("uri", uri, "The server.", required()),
      field("experiment_id", experiment_id, "The experiment there.", required()),
      field("run_id", run_id, "The run there.", required()),
      field("artifact_uri", artifact_uri, "Where its artifacts are."),
      field("start", start, "When it was begun, in milliseconds since 1970.", at_least(0)),
      field("params", params, "Whether its parameters are told."),
      field("step", step, "The last step that is told.", at_least(-1)),
      field("validation", validation, "The step of the last validation that is told.", at_least(-1)),
      field("test", test, "A hash of the test that is told."),
      field("status", status, "How it stands there."),
      field("artifacts", artifacts, "What is sent: name and hash."),
  };
}

MlflowSettings mlflow_settings_of(const std::string& run_folder) {
  MlflowSettings settings;
  Node recipe = recipe_of(run_folder);
  if (const Node* block = find_path(recipe, "logging.mlflow"); block && block->is_map()) {
    std::vector<Complaint> complaints;
    Origins origins;
    bind_tree(settings, *block, complaints, origins);
    throw_complaints(std::move(complaints));
  }
  return settings;
}

std::string check_mlflow(const MlflowSettings& settings) {
  constexpr size_t most_tags = most_mlflow_pairs - 10;  // dlrun has some of its own
  const std::string uri = settings.uri.empty() ? variable_or("MLFLOW_TRACKING_URI", "") : settings.uri;
  if (uri.empty())
    throw UserError(ExitCode::bad_recipe,
                    "logging.mlflow: names no server: give logging.mlflow.uri, or set MLFLOW_TRACKING_URI");
  for (const std::string& tag : settings.tags)
    if (const size_t equals = tag.find('='); equals == std::string::npos || equals == 0)
      throw UserError(ExitCode::bad_recipe, "logging.mlflow.tags: expected name=value, got '" + tag + "'");
  if (settings.tags.size() > most_tags)
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("logging.mlflow.tags: at most {}, and these are {}", most_tags, settings.tags.size()));
  return mlflow_uri(uri);
}

ToldRun::ToldRun(std::string run_folder, const MlflowSettings& settings)
    : folder_(std::move(run_folder)),
      uri_(check_mlflow(settings)),
      settings_(settings),
      lines_(folder_ + "/metrics.jsonl") {
  recipe_of(folder_);
  const std::string file = folder_ + "/" + mlflow_name_of_state;
  if (FileSystem::instance().kind(file) != FileKind::file) return;
  const nlohmann::json stored = nlohmann::json::parse(read_text(file), nullptr, /*allow_exceptions=*/false);
  if (!stored.is_object()) throw UserError(ExitCode::bad_data, file + ": is no JSON object");
  MlflowState state;
  read_json(stored, file, "", state);
  if (state.uri == uri_)
    state_ = std::move(state);
  else
    log_info(fmt::format("{}: {} knows this run; {} is told of it from its beginning", folder_, state.uri, uri_));
}

void ToldRun::save() {
  Json text = {{"version", 1}};
  text.update(value_json(node_of(state_)));
  write_text_atomically(folder_ + "/" + mlflow_name_of_state,
                        text.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void ToldRun::begin(MlflowServer& server) {
  if (!state_.run_id.empty() && state_.params) return;
  const Node recipe = recipe_of(folder_);
  if (state_.run_id.empty()) {
    const std::string experiment =
        settings_.experiment.empty() ? variable_or("MLFLOW_EXPERIMENT_NAME", "Default") : settings_.experiment;
    state_.uri = uri_;
    state_.start = now_in_milliseconds();
    state_.experiment_id = server.experiment(experiment);
    const MlflowCreated created =
        server.create_run(state_.experiment_id, settings_.run_name.empty() ? name_of_run(folder_) : settings_.run_name,
                          state_.start, tags_of(recipe, folder_, settings_));
    state_.run_id = created.run_id;
    state_.artifact_uri = created.artifact_uri;
    state_.status = "RUNNING";
    save();
  }
  if (!state_.params) {
    const MlflowPairs all = parameters_of(recipe);
    for (size_t at = 0; at < all.size(); at += most_mlflow_pairs)
      server.log(state_.run_id, {},
                 {all.begin() + static_cast<std::ptrdiff_t>(at),
                  all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), at + most_mlflow_pairs))});
    state_.params = true;
    save();
  }
}

void ToldRun::take(const nlohmann::json& json, bool live) {
  Record record;
  record.event = json.value("event", "");
  const bool of_step = record.event == "step";
  if (!of_step && record.event != "validation" && record.event != "test") return;
  const auto step = json.find("step");
  if (step == json.end() || !step->is_number_integer()) return;
  record.step = step->get<int64_t>();
  if (const auto seconds = json.find("seconds"); seconds != json.end() && seconds->is_number())
    seconds_ = seconds->get<double>();
  nlohmann::json lasting = json;
  lasting.erase("seconds");
  record.hash = hash_hex(lasting.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  // What went on from a checkpoint makes its steps again, to the same numbers.
  if ((of_step && record.step <= state_.step) || (record.event == "validation" && record.step <= state_.validation) ||
      (record.event == "test" && record.hash == state_.test))
    return;
  const int64_t time = live ? now_in_milliseconds() : state_.start + std::llround(seconds_ * 1000);
  for (const auto& [name, value] : json.items()) {
    const bool grouped = name.find('/') != std::string::npos;
    if (name == "step" || name == "epoch" || !is_number(value) || (!of_step && !grouped)) continue;
    const std::string key = of_step && name.starts_with("train/") ? "train_step" + name.substr(5) : name;
    record.metrics.push_back({mlflow_name(key), number_of(value), time, record.step});
  }
  if (!record.metrics.empty()) waiting_.push_back(std::move(record));
}

void ToldRun::told(const Record& record) {
  if (record.event == "step") state_.step = record.step;
  if (record.event == "validation") state_.validation = record.step;
  if (record.event == "test") state_.test = record.hash;
}

void ToldRun::send(MlflowServer& server, bool live) {
  begin(server);
  lines_.read([&](const nlohmann::json& record) { take(record, live); }, [&] { waiting_.clear(); });
  if (!waiting_.empty() && state_.status != "RUNNING") {  // it had ended, and goes on
    server.set_status(state_.run_id, "RUNNING", 0);
    state_.status = "RUNNING";
    finished_ = false;
  }
  while (!waiting_.empty()) {
    std::vector<MlflowMetric> metrics;
    size_t count = 0;
    while (count < waiting_.size() &&
           (count == 0 || metrics.size() + waiting_[count].metrics.size() <= most_mlflow_metrics)) {
      const std::vector<MlflowMetric>& more = waiting_[count++].metrics;
      metrics.insert(metrics.end(), more.begin(), more.end());
    }
    for (size_t at = 0; at < metrics.size(); at += most_mlflow_metrics)
      server.log(state_.run_id,
                 {metrics.begin() + static_cast<std::ptrdiff_t>(at),
                  metrics.begin() + static_cast<std::ptrdiff_t>(std::min(metrics.size(), at + most_mlflow_metrics))},
                 {});
    for (; count > 0; --count) {
      told(waiting_.front());
      waiting_.pop_front();
    }
    save();
  }
}

void ToldRun::finish(MlflowServer& server) {
  const std::string ending = ending_of(read_status(folder_));
  std::vector<std::string> names;
  for (const std::string& name : settings_.artifacts) add_files(folder_, name, names);
  if (!names.empty() && !MlflowServer::takes_artifacts(state_.artifact_uri)) {
    log_info(
        fmt::format("MLflow keeps artifacts of this experiment at {}, which it does not take itself: {} files of {} "
                    "are not sent",
                    shown_url(state_.artifact_uri), names.size(), folder_));
    names.clear();
  }
  for (const std::string& name : names) {
    const std::string mark = name + " " + file_hash(folder_ + "/" + name);
    if (std::find(state_.artifacts.begin(), state_.artifacts.end(), mark) != state_.artifacts.end()) continue;
    server.upload(state_.artifact_uri, name, folder_ + "/" + name);
    std::erase_if(state_.artifacts, [&](const std::string& sent) { return sent.substr(0, sent.rfind(' ')) == name; });
    state_.artifacts.push_back(mark);
    save();
  }
  if (!ending.empty() && state_.status != ending) {
    server.set_status(state_.run_id, ending, now_in_milliseconds());
    state_.status = ending;
    save();
  }
  finished_ = true;
}

}  // namespace dlrun
