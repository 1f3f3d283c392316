// What a person (or a program, with --json) sees of a training.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/energy.h"
#include "base/long_work.h"
#include "base/options.h"
#include "base/terminal.h"
#include "eval/evaluate.h"
#include "experiment/experiment.h"
#include "rehearsal/rehearsal.h"
#include "train/epoch_table.h"

namespace dlrun {

// The person's lines go to stderr, JSON Lines to stdout. Used by one thread.
class Console {
 public:
  explicit Console(const CommonOptions& options);

  // What was resolved and the layer table, of what watch() saw.
  void begin(Experiment& experiment, const std::string& run_folder, int64_t total_steps,
             const std::vector<ModuleCost>& modules);
  void resumed(int64_t step, int64_t total_steps);
  // After each step: `waited` is the loader's waiting time so far, seconds.
  void step(int64_t step, int64_t total, int64_t samples, double waited);
  void window(const Results& means, double learning_rate);
  void validating(int64_t done, int64_t total);
  void testing(const std::string& split, int64_t done, int64_t total);
  void validated(const EpochLine& line, const Results& train, const Results& val);
  void tested(const std::string& split, const std::string& checkpoint, const Results& results);
  // How fast the steps were that were made here: of samples, of operations beside what the machine does at most, and
  // for how much of the time they waited for data. `operations` of a sample; 0 where that is unknown.
  void tell_speed(const Experiment& experiment, double operations);
  void next_commands(const Experiment& experiment, const std::string& run_folder);
  void record(const nlohmann::ordered_json& record);  // one line on stdout, with --json
  void say(const std::string& line);                  // unless quiet

  double samples_per_second() const;  // since the last call of step_window()
  double stall() const;               // share of the time spent waiting for data
  double seconds() const;             // since begin()
  // What the machine's counters of energy counted in this time; of none, or with one that failed, there is nothing.
  std::optional<double> joules();
  std::vector<std::string> energy_sources() const { return energy_.sources(); }
  void restart_window();

 private:
  std::string progress_text(int64_t step, int64_t total) const;

  CommonOptions options_;
  Terminal terminal_;
  Progress progress_;
  Pace pace_;  // of what is not the training
  double started_ = 0.0, window_started_ = 0.0, waited_ = 0.0, window_waited_ = 0.0, rate_ = 0.0;
  int64_t window_samples_ = 0, first_step_ = -1;
  // Of all steps but the first, without what is between them: validations.
  double stepped_at_ = 0.0, stepped_seconds_ = 0.0, first_waited_ = 0.0;
  int64_t stepped_samples_ = 0;
  double first_step_time_ = 0.0;
  std::string numbers_;
  EpochTable epochs_;
  EnergyMeter energy_;
};

}  // namespace dlrun
