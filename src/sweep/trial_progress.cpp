// Validations of a run folder.

#include "sweep/trial_progress.h"

#include <algorithm>
#include <cmath>

#include "base/files.h"

namespace dlrun {
namespace {

TrialResult result_of_one(const std::string& folder, const Monitored& monitored) {
  TrialProgress progress(folder, monitored);
  progress.look();
  if (progress.validations() == 0) return {};
  return {progress.best_of(progress.validations()), progress.validations()};
}

}  // namespace

void TrialProgress::look() {
  lines_.read([&](const nlohmann::json& record) { take(record); }, [&] { best_.clear(); });
}

void TrialProgress::take(const nlohmann::json& record) {
  if (record.value("event", "") != "validation") return;
  std::optional<double> best = best_.empty() ? std::nullopt : best_.back();
  const auto found = record.find(monitored_.name);
  // Numbers that are not finite are written as text.
  if (found != record.end() && found->is_number()) {
    const double value = found->get<double>();
    if (!best)
      best = value;
    else
      best = monitored_.higher ? std::max(*best, value) : std::min(*best, value);
  }
  best_.push_back(best);
}

TrialResult trial_result(const std::string& run_folder, const Monitored& monitored) {
  FileSystem& files = FileSystem::instance();
  const std::string members = run_folder + "/members";
  if (files.kind(members) != FileKind::folder) return result_of_one(run_folder, monitored);
  TrialResult all;
  double sum = 0.0;
  int64_t count = 0;
  for (const std::string& name : files.list(members)) {
    const TrialResult member = result_of_one(members + "/" + name, monitored);
    if (!member.value) return {};
    if (count++ == 0) all.validations = member.validations;
    sum += *member.value;
  }
  if (count > 0) all.value = sum / static_cast<double>(count);
  return all;
}

std::string telling_folder(const std::string& run_folder) {
  FileSystem& files = FileSystem::instance();
  const std::string member = run_folder + "/members/1";
  if (files.exists(member + "/recipe.yaml")) return member;
  const bool own = files.exists(run_folder + "/recipe.yaml") && files.exists(run_folder + "/metrics.jsonl");
  return own ? run_folder : "";
}

}  // namespace dlrun
