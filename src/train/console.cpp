// What a person (or a program, with --json) sees of a training.

#include "train/console.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "base/shell.h"
#include "base/units.h"
#include "models/shape_error.h"
#include "report/module_table.h"
#include "tensor/matrix_peak.h"

namespace dlrun {
namespace {

std::string numbers(const std::string& prefix, const Results& results) {
  std::string text;
  for (const auto& [name, value] : results) text += "  " + prefix + name + " " + shown_number(value);
  return text;
}

}  // namespace

Console::Console(const CommonOptions& options)
    : options_(options),
      terminal_(terminal(stderr)),
      progress_(10.0, options.progress && options.verbosity >= 0),
      started_(monotonic_seconds()),
      window_started_(started_),
      epochs_(terminal_.live ? terminal_.width : 1 << 20) {
  energy_.add(rapl_counters());
}

void Console::say(const std::string& line) {
  if (options_.verbosity >= 0) log_info(line);
}

void Console::begin(Experiment& experiment, const std::string& run_folder, int64_t total_steps,
                    const std::vector<ModuleCost>& modules) {
  const Recipe& recipe = experiment.recipe;
  const auto size = [](const std::shared_ptr<Split>& split) { return split ? split->size() : 0; };
  say(fmt::format("{}: {} with {} on {}", recipe.name, recipe.task.type, recipe.architecture.type, recipe.data.type));
  say(fmt::format("  data       {} train, {} val, {} test samples, input {}", count_text(size(experiment.splits.train)),
                  count_text(size(experiment.splits.val)), count_text(size(experiment.splits.test)),
                  shape_text(recipe.task->info().input().sizes)));
  say(fmt::format("  training   {} steps of {} samples, {} (lr {}), {}, loss {}", count_text(total_steps),
                  std::min(recipe.trainer.batch_size, size(experiment.splits.train)), recipe.optimizer.type,
                  shown_number(recipe.optimizer->lr), recipe.lr_scheduler.type, recipe.loss.type));
  if (recipe.checkpoint.keeps_best())
    say(fmt::format("  best       by {}", recipe.checkpoint.monitor));
  else
    say(fmt::format("  keeps      the last checkpoint ({})",
                    recipe.checkpoint.monitor.empty() ? "nothing is monitored" : "checkpoint.save_top_k is 0"));
  say(fmt::format("  hardware   {}, {} threads, {}{}", experiment.device.str(), recipe.hardware.threads,
                  recipe.hardware.computes_in() == at::kFloat ? "float32" : recipe.hardware.precision,
                  experiment.channels_last ? ", channels_last" : ""));
  say(fmt::format("  run folder {}", run_folder));
  const ModuleTableOptions table{.network = recipe.architecture.type, .width = terminal_.width, .costs = false};
  if (options_.verbosity >= 0) say(module_table(modules, table));
  if (experiment.device.is_cuda()) energy_.add(nvml_counters(cuda_bus_ids(recipe.hardware.devices)));
  window_started_ = monotonic_seconds();
}

void Console::resumed(int64_t step, int64_t total_steps) {
  say(fmt::format("resumed at step {} of {}", count_text(step), count_text(total_steps)));
}

void Console::step(int64_t step, int64_t total, int64_t samples, double waited) {
  window_samples_ += samples;
  waited_ = waited;
  const double now = monotonic_seconds();
  if (first_step_ >= 0) {
    stepped_seconds_ += now - stepped_at_;
    stepped_samples_ += samples;
  }
  stepped_at_ = now;
  if (first_step_ < 0) {
    first_step_ = step;
    first_step_time_ = now;
    first_waited_ = waited;
    log_detail(
        fmt::format("first step done {:.2f} s after the start of the program's work", first_step_time_ - started_));
  }
  energy_.look();
  if (progress_.due()) progress_.show(progress_text(step, total));
}

std::string Console::progress_text(int64_t step, int64_t total) const {
  const double elapsed = monotonic_seconds() - first_step_time_;
  std::string eta = "?";
  if (step > first_step_)
    eta = duration_text(elapsed / static_cast<double>(step - first_step_) * static_cast<double>(total - step));
  return fmt::format("step {}/{} ({:.0f} %)  {}  data wait {:.0f} %  ETA {}{}", step, total,
                     100.0 * static_cast<double>(step) / static_cast<double>(total),
                     rate_text(samples_per_second(), "samples"), 100 * stall(), eta, numbers_);
}

void Console::tell_speed(const Experiment& experiment, double operations) {
  if (options_.verbosity < 0 || stepped_samples_ == 0) return;
  const double rate = static_cast<double>(stepped_samples_) / stepped_seconds_;
  std::string share;
  if (operations > 0.0 && !experiment.recipe.task->info().input().varies()) {
    const double peak = matrix_peak(experiment.device, experiment.recipe.hardware.computes_in());
    const double percent = 100 * rate * operations / peak;
    const int threads = at::get_num_threads();
    share = fmt::format(
        ", {:.{}f} % of this machine's matrix peak ({}{})", percent, percent < 9.95 ? 1 : 0,
        rate_text(peak / 1e9, "GFLOP"),
        experiment.device.is_cuda() ? "" : fmt::format(" with {} thread{}", threads, threads == 1 ? "" : "s"));
  }
  say(fmt::format("speed: {}{}, data wait {:.0f} %", rate_text(rate, "samples"), share,
                  100 * (waited_ - first_waited_) / stepped_seconds_));
}

void Console::window(const Results& means, double learning_rate) {
  numbers_ = numbers("", means) + "  lr " + shown_number(learning_rate);
}

void Console::restart_window() {
  window_started_ = monotonic_seconds();
  window_waited_ = waited_;
  window_samples_ = 0;
}

double Console::samples_per_second() const {
  return static_cast<double>(window_samples_) / std::max(1e-9, monotonic_seconds() - window_started_);
}

double Console::stall() const {
  return (waited_ - window_waited_) / std::max(1e-9, monotonic_seconds() - window_started_);
}

double Console::seconds() const { return monotonic_seconds() - started_; }

std::optional<double> Console::joules() {
  if (!energy_.known()) return std::nullopt;
  const double joules = energy_.joules();
  return std::isfinite(joules) ? std::optional(joules) : std::nullopt;
}

void Console::validating(int64_t done, int64_t total) {
  pace_.see(done);
  if (progress_.due()) progress_.show(pace_.text("validating batches", done, total));
}

void Console::testing(const std::string& split, int64_t done, int64_t total) {
  pace_.see(done);
  if (progress_.due()) progress_.show(pace_.text("evaluating batches of " + split, done, total));
}

void Console::validated(const EpochLine& line, const Results& train, const Results& val) {
  progress_.clear();
  stepped_at_ = monotonic_seconds();
  say(epochs_.text(line, train, val, duration_text(seconds())));
}

void Console::tested(const std::string& split, const std::string& checkpoint, const Results& results) {
  progress_.clear();
  Table table({{"split"}, {"checkpoint"}, {"metric"}, {"value", Table::Align::right}});
  for (const auto& [name, value] : results) table.row({split, checkpoint, name, shown_number(value)});
  say(table.text());
}

void Console::next_commands(const Experiment& experiment, const std::string& run_folder) {
  say("next:");
  for (const std::string verb : {"eval", "predict", "export"})
    if (verb != "eval" || experiment.recipe.task->evaluates())
      say(fmt::format("  dlrun {} {}", verb, shell_word(run_folder)));
}

void Console::record(const nlohmann::ordered_json& record) {
  if (!options_.json) return;
  nlohmann::ordered_json all = {{"event", record.at("event")}, {"version", 1}};
  all.update(record);
  const std::string line = all.dump() + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace dlrun
