// status.json and metrics.jsonl, read again and again.

#include "watch/watched_run.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base/error.h"
#include "base/files.h"

namespace dlrun {
namespace {

bool on_this_machine(const std::string& host) {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 && host == name;
}

bool lives(int64_t process) { return kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM; }

// What of a record is drawn.
bool is_drawn(const std::string& name) { return name == "train/loss" || name.starts_with("val/"); }

void append_runs(const std::string& folder, std::vector<std::string>& runs) {
  FileSystem& files = FileSystem::instance();
  for (const std::string& name : files.list(folder))
    if (files.exists(folder + "/" + name + "/recipe.yaml")) runs.push_back(folder + "/" + name);
}

}  // namespace

WatchedRun::WatchedRun(const std::string& folder) : folder_(folder), lines_(folder + "/metrics.jsonl") {
  FileSystem& files = FileSystem::instance();
  if (files.kind(folder) != FileKind::folder) throw UserError(ExitCode::no_input, folder + ": no such folder");
  if (!files.exists(folder + "/recipe.yaml"))
    throw UserError(ExitCode::no_input, folder + ": holds no run (it has no recipe.yaml)");
}

void WatchedRun::look() {
  lines_.read([&](const nlohmann::json& record) { take(record); }, [&] { forget(); });
  const std::optional<RunStatus> status = read_status(folder_);
  if (!status) return;
  state_ = status->state;
  reason_ = status->reason;
  total_steps_ = status->total_steps;
  step_ = std::max(step_, status->step);
  if (state_ == "running" && on_this_machine(status->host) && !lives(status->process)) state_ = "killed";
}

void WatchedRun::forget() {
  step_ = 0;
  seconds_ = 0.0;
  rate_.reset();
  noticed_.clear();
  series_.clear();
}

void WatchedRun::add(const std::string& name, int64_t step, double value) {
  auto found =
      std::find_if(series_.begin(), series_.end(), [&](const WatchedSeries& each) { return each.name == name; });
  if (found == series_.end()) found = series_.insert(found, {name, {}});
  found->points.emplace_back(step, value);
}

void WatchedRun::take(const nlohmann::json& record) {
  const std::string event = record.value("event", "");
  const auto number = [&](const char* name) { return record.contains(name) && record[name].is_number(); };
  const int64_t step = number("step") ? record["step"].get<int64_t>() : 0;
  step_ = std::max(step_, step);
  if (number("seconds")) seconds_ = std::max(seconds_, record["seconds"].get<double>());
  if (number("samples_per_second")) rate_ = record["samples_per_second"].get<double>();
  if (event == "diagnosis" && record.contains("seen")) noticed_.push_back(record.value("seen", ""));
  if (event == "divergence") noticed_.push_back("step " + std::to_string(step) + " was not finite");
  // An epoch's mean stands beside the means of its steps, which are the finer line.
  const bool steps_drawn =
      std::any_of(series_.begin(), series_.end(), [](const WatchedSeries& each) { return each.name == "train/loss"; });
  if (event != "step" && event != "validation") return;
  for (const auto& [name, value] : record.items())
    if (is_drawn(name) && value.is_number() && std::isfinite(value.get<double>()) &&
        !(event == "validation" && name == "train/loss" && steps_drawn))
      add(name, step, value.get<double>());
}

std::vector<std::string> watched_folders(const std::string& folder) {
  FileSystem& files = FileSystem::instance();
  std::vector<std::string> runs;
  for (const char* inside : {"/members", "/trials"})
    if (files.kind(folder + inside) == FileKind::folder) append_runs(folder + inside, runs);
  if (runs.empty()) runs.push_back(folder);
  return runs;
}

}  // namespace dlrun
