// How a run comes on, by the files in its folder.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_lines.h"
#include "run/status.h"

namespace dlrun {

struct WatchedSeries {
  std::string name;                                // "val/loss"
  std::vector<std::pair<int64_t, double>> points;  // step and value; those that are no finite number are left out
};

class WatchedRun {
 public:
  // Throws UserError(no_input) where the folder is no run's.
  explicit WatchedRun(const std::string& folder);
  // Reads what was added.
  void look();

  const std::string& folder() const { return folder_; }
  // "running", "finished", ... as status.json has it; "killed" where it says running and its process on this machine is
  // gone; "not begun" where there is none.
  const std::string& state() const { return state_; }
  const std::string& reason() const { return reason_; }
  bool ended() const { return state_ != "running" && state_ != "not begun"; }
  int64_t step() const { return step_; }
  int64_t total_steps() const { return total_steps_; }
  double seconds() const { return seconds_; }                           // of the training, at its last validation
  std::optional<double> samples_per_second() const { return rate_; }    // at its last record
  const std::vector<std::string>& noticed() const { return noticed_; }  // diagnoses and divergences, as sentences
  // Losses, and metrics of the validation, in order of appearance.
  const std::vector<WatchedSeries>& series() const { return series_; }

 private:
  void take(const nlohmann::json& record);
  void forget();
  void add(const std::string& name, int64_t step, double value);

  std::string folder_, state_ = "not begun", reason_;
  JsonLines lines_;
  int64_t step_ = 0, total_steps_ = 0;
  double seconds_ = 0.0;
  std::optional<double> rate_;
  std::vector<std::string> noticed_;
  std::vector<WatchedSeries> series_;
};

// The run in a folder, or its members; of a sweep its trials that were begun.
std::vector<std::string> watched_folders(const std::string& folder);

}  // namespace dlrun
