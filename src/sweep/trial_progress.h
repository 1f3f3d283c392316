// How far the training of a trial has come, by what it writes into its run folder.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json_lines.h"

namespace dlrun {

// What decides which trial is better: a recorded number of the validation, and which way it gets better.
struct Monitored {
  std::string name;
  bool higher = false;
};

// Of one run folder: after each validation the best so far.
class TrialProgress {
 public:
  TrialProgress(const std::string& run_folder, Monitored monitored)
      : lines_(run_folder + "/metrics.jsonl"), monitored_(std::move(monitored)) {}
  // Reads what was added.
  void look();
  int64_t validations() const { return static_cast<int64_t>(best_.size()); }
  // The best of the first `count` validations; nothing where none of them was finite.
  std::optional<double> best_of(int64_t count) const { return best_[static_cast<size_t>(count - 1)]; }

 private:
  void take(const nlohmann::json& record);
  JsonLines lines_;
  Monitored monitored_;
  std::vector<std::optional<double>> best_;
};

// What a training that is finished came to; of one with members the mean over them. Validations are those of the first.
struct TrialResult {
  std::optional<double> value;
  int64_t validations = 0;
};
TrialResult trial_result(const std::string& run_folder, const Monitored& monitored);

// The folder that tells what a training monitors: itself, or its first member. Empty while neither has a recipe.
std::string telling_folder(const std::string& run_folder);

}  // namespace dlrun
