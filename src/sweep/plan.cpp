// Values and commands of trials.

#include "sweep/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "sweep/strategy.h"

namespace dlrun {
namespace {

constexpr size_t startup_trials = 10;
constexpr int64_t attempts = 16;

std::string place(const SweepPlan& plan, const char* folder, int64_t trial, const char* ending) {
  return fmt::format("{}/{}/{:04}{}", plan.folder, folder, trial, ending);
}

bool tried(const SweepRecord& record, const Values& values, int64_t trial) {
  for (size_t i = 0; i < record.trials.size(); ++i)
    if (record.trials[i].trial < trial && record.trials[i].values == values) return true;
  return false;
}

Values drawn(const SweepPlan& plan, const std::vector<Values>& best_first, int64_t draw) {
  if (plan.strategy == "random" || best_first.size() < startup_trials)
    return random_values(plan.space, plan.seed, draw);
  return tpe_values(plan.space, plan.seed, draw, best_first);
}

}  // namespace

std::string SweepPlan::run_folder(int64_t trial) const { return place(*this, "trials", trial, ""); }
std::string SweepPlan::log_file(int64_t trial) const { return place(*this, "logs", trial, ".txt"); }
std::string SweepPlan::error_file(int64_t trial) const { return place(*this, "logs", trial, ".json"); }

Values next_values(const SweepPlan& plan, const SweepRecord& record, int64_t trial) {
  if (plan.strategy == "grid") return grid_values(plan.space, trial - 1);
  if (trial == 1) {
    Values own;
    for (const SweptKey& key : plan.space) own.push_back(key.recipe_value);
    if (std::find(own.begin(), own.end(), "") == own.end()) return own;
  }
  std::vector<Values> best_first;
  for (const Trial* earlier : record.best_first()) best_first.push_back(earlier->values);
  Values values;
  for (int64_t attempt = 0; attempt < attempts; ++attempt) {
    values = drawn(plan, best_first, attempt << 32 | trial);
    if (!tried(record, values, trial)) break;
  }
  return values;
}

std::vector<std::string> trial_arguments(const SweepPlan& plan, const Trial& trial) {
  std::vector<std::string> arguments = {"dlrun", "train", plan.recipe_file(), "--resume", "--quiet", "--no-progress"};
  for (size_t i = 0; i < plan.space.size(); ++i) arguments.push_back(override_of(plan.space[i], trial.values[i]));
  if (plan.threads > 0) arguments.push_back(fmt::format("hardware.threads={}", plan.threads));
  arguments.push_back("output_dir=" + plan.run_folder(trial.trial));
  return arguments;
}

}  // namespace dlrun
