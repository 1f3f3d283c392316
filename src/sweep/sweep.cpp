// The verb sweep: arguments -> plan -> trials -> table.

#include "sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/shell.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/units.h"
#include "sweep/prepare.h"
#include "sweep/run_trials.h"
#include "sweep/sweep_folder.h"

namespace dlrun {
namespace {

constexpr size_t rows_shown = 10;
// Times that a trial is not to blame for how it ended, --resume tries it again: not for the data, a mistake in dlrun, a
// divergence and the recipe.
constexpr int own_faults[] = {65, 70, 76, 78};

// Trials that failed for what was around them are tried again.
int64_t forgive(SweepRecord& record) {
  int64_t forgiven = 0;
  for (size_t i = 0; i < record.trials.size(); ++i) {
    Trial& trial = record.trials[i];
    if (trial.state != "failed" || std::count(std::begin(own_faults), std::end(own_faults), trial.exit_code)) continue;
    if (trial.exit_code == 0) continue;
    trial.state = "running";
    trial.exit_code = 0;
    trial.reason.clear();
    ++forgiven;
  }
  return forgiven;
}

std::string values_text(const SweepPlan& plan, const Trial& trial) {
  std::string text;
  for (size_t i = 0; i < plan.space.size(); ++i)
    text += (i > 0 ? " " : "") + shell_word(override_of(plan.space[i], trial.values[i]));
  return text;
}

void tell_trial(const SweepOptions& options, const SweepPlan& plan, const SweepRecord& record, const Trial& trial) {
  if (options.json) {
    nlohmann::ordered_json line = {{"event", "trial"}, {"version", 1}, {"trial", trial.trial}, {"state", trial.state}};
    line["monitor"] = record.monitor;
    line["value"] = trial.value ? nlohmann::ordered_json(*trial.value) : nlohmann::ordered_json();
    line["validations"] = trial.validations;
    line["exit_code"] = trial.exit_code;
    line["reason"] = trial.reason;
    line["values"] = nlohmann::ordered_json::object();
    for (size_t i = 0; i < plan.space.size(); ++i) line["values"][plan.space[i].key] = trial.values[i];
    line["folder"] = plan.run_folder(trial.trial);
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(stdout);
  }
  if (trial.state == "failed")
    log_warning(fmt::format("trial {} of {} failed ({}): {}\n  {}", trial.trial, plan.trials, trial.exit_code,
                            trial.reason, plan.log_file(trial.trial)));
  else
    log_info(fmt::format(
        "trial {} of {}  {} {:.5g}{}  {}  {}", trial.trial, plan.trials, record.monitor, trial.value.value_or(0.0),
        trial.state == "stopped" ? fmt::format(", stopped after {} validations", trial.validations) : "",
        duration_text(trial.seconds), values_text(plan, trial)));
}

int tell_end(const SweepOptions& options, const SweepPlan& plan, const SweepRecord& record, const std::string& words) {
  const Trial* const best = record.best();
  int64_t failed = 0, first_code = 0;
  for (size_t i = 0; i < record.trials.size(); ++i) {
    if (record.trials[i].state != "failed") continue;
    if (failed++ == 0) first_code = record.trials[i].exit_code;
  }
  if (options.json) {
    nlohmann::ordered_json line = {{"event", "sweep"},      {"version", 1},
                                   {"folder", plan.folder}, {"trials", record.trials.size()},
                                   {"failed", failed},      {"monitor", record.monitor}};
    line["best"] = best ? nlohmann::ordered_json(best->trial) : nlohmann::ordered_json();
    line["value"] = best ? nlohmann::ordered_json(*best->value) : nlohmann::ordered_json();
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}", record_table(record, plan.space, rows_shown, terminal(stdout).width));
  }
  if (failed > 0) log_warning(fmt::format("{} of {} trials failed", failed, record.trials.size()));
  if (!best) {
    log_error("no trial has a result");
    return first_code != 0 ? static_cast<int>(first_code) : static_cast<int>(ExitCode::bad_recipe);
  }
  if (record.monitor.starts_with("train/"))
    log_warning("there are no validation data: trials were compared by " + record.monitor);
  log_info(fmt::format("best: trial {}, {} {:.5g}; all of them: {}, {}\nnext:\n  dlrun eval {}\n  dlrun train {} {}",
                       best->trial, record.monitor, *best->value, plan.csv_file(), plan.page_file(),
                       shell_word(plan.run_folder(best->trial)), words, values_text(plan, *best)));
  return 0;
}

// A page that cannot be written takes nothing from the sweep.
void write_page(const SweepWorld& world, const std::string& folder) {
  try {
    world.report(folder);
  } catch (const std::exception& error) {
    log_warning(std::string("the sweep has ended, but its report is not written: ") + error.what());
  }
}

}  // namespace

int run_sweep(const SweepOptions& options, const SweepWorld& world) {
  set_log_verbosity(options.verbosity);
  if (options.resume && options.overwrite)
    throw UserError(ExitCode::usage, "--resume goes on with the sweep in the folder, --overwrite deletes it: give one");
  PreparedSweep made = prepare_sweep(options, world);
  const SweepPlan& plan = made.plan;
  SweepRecord& record = made.record;
  SweepFolder folder(plan.folder, options.resume, options.overwrite);
  folder.begin(made.recipe_text, [&] { write_record(record, plan.record_file()); });
  log_info(fmt::format("sweep: {} trials, {}, {} at once, in {}", plan.trials, plan.strategy, plan.jobs, plan.folder));
  if (const int64_t again = forgive(record); again > 0)
    log_info(fmt::format("{} trials failed for want of something, and are tried again", again));
  Progress progress(10.0, options.progress && options.verbosity >= 0);
  const int stopped_by = run_trials(plan, record,
                                    {.monitored = world.monitored,
                                     .done = [&](const Trial& trial) { tell_trial(options, plan, record, trial); },
                                     .progress = [&](const std::string& line) { progress.show(line); }});
  progress.clear();
  if (stopped_by != 0) {
    log_info(fmt::format("{}: go on with: dlrun sweep {} --resume", signal_name(stopped_by), shell_word(plan.folder)));
    return static_cast<int>(ExitCode::again);
  }
  write_page(world, plan.folder);
  return tell_end(options, plan, record, made.recipe_words);
}

}  // namespace dlrun
