// The verb sweep: arguments -> plan -> trials -> table.

#include "sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/child_process.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/shell.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/units.h"
#include "spec/node_of.h"
#include "spec/read.h"
#include "spec/scalar.h"
#include "spec/walk.h"
#include "spec/write.h"
#include "sweep/run_trials.h"
#include "sweep/strategy.h"
#include "sweep/sweep_folder.h"

namespace dlrun {
namespace {

constexpr int64_t usual_trials = 20;
constexpr size_t rows_shown = 10;
// Times that a trial is not to blame for how it ended, --resume tries it again: not for the data, a mistake in dlrun, a
// divergence and the recipe.
constexpr int own_faults[] = {65, 70, 76, 78};

std::string text_at(Params& recipe, const char* path) {
  return node_of(locate(recipe, nullptr, path)->field.slot).text;
}

// Where a sweep is gone on with, its folder may stand for the recipe.
bool is_folder(const SweepOptions& options) {
  if (FileSystem::instance().kind(options.recipe) != FileKind::folder) return false;
  if (!options.resume)
    throw UserError(ExitCode::usage, options.recipe + " is a folder. To go on with the sweep in it: dlrun sweep " +
                                         shell_word(options.recipe) + " --resume");
  return true;
}

std::string strategy_of(const std::string& wished, const Space& space, bool trials_given) {
  const bool lists = std::none_of(space.begin(), space.end(), [](const SweptKey& key) { return key.is_interval(); });
  if (wished == "grid" && !lists)
    throw UserError(ExitCode::usage,
                    "--strategy grid tries every combination of lists, and an interval has no end of "
                    "values: give a list, or --strategy random or tpe");
  if (wished != "auto") return wished;
  return lists && !trials_given ? "grid" : "tpe";
}

// What was begun is gone on with, and nothing else.
void require_same_sweep(const SweepRecord& before, const SweepRecord& now, Params& recipe_before, Params& recipe_now,
                        const std::string& folder) {
  std::string differing;
  const auto compare = [&](const std::string& what, const std::string& old, const std::string& wished) {
    if (old != wished) differing += "\n  " + what + ": " + old + " in the sweep, " + wished + " now";
  };
  compare("strategy", before.strategy, now.strategy);
  compare("seed", std::to_string(before.seed), std::to_string(now.seed));
  compare("halving", std::to_string(before.reduction_factor), std::to_string(now.reduction_factor));
  compare("min-validations", std::to_string(before.min_validations), std::to_string(now.min_validations));
  compare("varied", fmt::format("{}", fmt::join(before.parameters, " ")),
          fmt::format("{}", fmt::join(now.parameters, " ")));
  for (const Difference& difference : diff(recipe_before, recipe_now))
    if (difference.path != "description" && difference.path != "output_dir" && !difference.path.starts_with("logging"))
      compare(difference.path, difference.left, difference.right);
  if (!differing.empty())
    throw UserError(ExitCode::bad_recipe, "--resume: this is not the sweep in " + folder + ":" + differing +
                                              "\nStart another one (--output), or resume without these changes: "
                                              "dlrun sweep " +
                                              shell_word(folder) + " --resume");
}

struct Prepared {
  SweepPlan plan;
  SweepRecord record;
  std::string recipe_text;
  std::string recipe_words;  // the recipe and what holds for all trials, for the command line
};

// Threads that each of several trials gets where neither the recipe nor the environment says.
int64_t threads_of(Params& recipe, int64_t jobs) {
  if (jobs == 1 || std::getenv("OMP_NUM_THREADS") || text_at(recipe, "hardware.threads") != "0") return 0;
  return std::max<int64_t>(1, allowed_processors() / jobs);
}

Prepared prepare(const SweepOptions& options, const SweepWorld& world) {
  Prepared made;
  const bool folder_given = is_folder(options);
  std::vector<std::string> fixed, varied;
  for (const std::string& argument : options.arguments) (varies(argument) ? varied : fixed).push_back(argument);
  SweepRecord stored;
  if (folder_given) read_record(options.recipe + "/sweep.json", stored);
  if (folder_given && varied.empty()) varied = stored.parameters;
  const std::shared_ptr<Params> recipe = world.new_recipe();
  read_file(folder_given ? options.recipe + "/sweep.yaml" : options.recipe, {fixed}, *recipe);
  made.recipe_text = write_yaml(*recipe);
  made.recipe_words = shell_word(folder_given ? options.recipe + "/sweep.yaml" : options.recipe);
  for (const std::string& argument : fixed) made.recipe_words += " " + shell_word(argument);

  SweepPlan& plan = made.plan;
  for (const std::string& argument : varied) {
    plan.space.push_back(swept_key(argument, *recipe));
    for (size_t i = 0; i + 1 < plan.space.size(); ++i)
      if (plan.space[i].key == plan.space.back().key)
        throw UserError(ExitCode::usage, "dlrun sweep: " + plan.space.back().key + " is given twice");
  }
  if (plan.space.empty())
    throw UserError(ExitCode::usage,
                    "dlrun sweep: nothing is varied. Give a key several values, or an interval: "
                    "optimizer.lr=1e-4,3e-4,1e-3 optimizer.weight_decay=1e-4..1e-1:log");
  const std::string usual_folder = folder_given ? options.recipe : text_at(*recipe, "output_dir") + "-sweep";
  plan.folder = options.output.empty() ? usual_folder : options.output;
  const std::string wished = options.strategy == "auto" && folder_given ? stored.strategy : options.strategy;
  plan.strategy = strategy_of(wished, plan.space, options.trials.has_value());
  const int64_t combinations = grid_size(plan.space), usual = plan.strategy == "grid" ? combinations : usual_trials;
  plan.trials = options.trials.value_or(stored.planned > 0 ? stored.planned : usual);
  if (plan.strategy == "grid") plan.trials = std::min(plan.trials, combinations);
  plan.seed = options.seed.value_or(stored.seed);
  plan.reduction_factor = options.halving.value_or(stored.reduction_factor);
  plan.min_validations = options.min_validations.value_or(stored.min_validations);
  plan.jobs = options.jobs;
  plan.threads = threads_of(*recipe, plan.jobs);
  if (plan.reduction_factor > 0 && !node_of(locate(*recipe, nullptr, "repeat")->field.slot).is_null())
    throw UserError(ExitCode::usage,
                    "--halving compares trainings while they run, and `repeat` makes each trial "
                    "several: leave one of them out");

  SweepRecord& record = made.record;
  record.strategy = plan.strategy;
  record.seed = plan.seed;
  record.reduction_factor = plan.reduction_factor;
  record.min_validations = plan.min_validations;
  record.parameters = varied;
  if (options.resume && FileSystem::instance().exists(plan.record_file())) {
    SweepRecord before;
    read_record(plan.record_file(), before);
    const std::shared_ptr<Params> recipe_before = world.new_recipe();
    read_file(plan.recipe_file(), {}, *recipe_before);
    require_same_sweep(before, record, *recipe_before, *recipe, plan.folder);
    record = before;
    plan.trials = std::max(plan.trials, static_cast<int64_t>(record.trials.size()));
  }
  record.planned = plan.trials;
  return made;
}

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
  log_info(fmt::format("best: trial {}, {} {:.5g}; all of them: {}\nnext:\n  dlrun eval {}\n  dlrun train {} {}",
                       best->trial, record.monitor, *best->value, plan.csv_file(),
                       shell_word(plan.run_folder(best->trial)), words, values_text(plan, *best)));
  return 0;
}

}  // namespace

int run_sweep(const SweepOptions& options, const SweepWorld& world) {
  set_log_verbosity(options.verbosity);
  if (options.resume && options.overwrite)
    throw UserError(ExitCode::usage, "--resume goes on with the sweep in the folder, --overwrite deletes it: give one");
  Prepared made = prepare(options, world);
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
  return tell_end(options, plan, record, made.recipe_words);
}

}  // namespace dlrun
