// Starting trials, looking at how they come on, ending those that are behind.

#include "sweep/run_trials.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "base/child_process.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "sweep/halving.h"

namespace dlrun {
namespace {

constexpr double grace_seconds = 60;
constexpr double between_looks = 0.25;

// What a failed training said, or how it was ended.
std::string failure_text(const std::string& error_file, int status) {
  if (FileSystem::instance().exists(error_file)) {
    const nlohmann::json text = nlohmann::json::parse(read_text(error_file), nullptr, /*allow_exceptions=*/false);
    if (text.is_object() && text.contains("message") && text["message"].is_object())
      return text["message"].value("message", "");
  }
  if (WIFSIGNALED(status))
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return "its log says why";
}

class TrialProcess {
 public:
  TrialProcess(const SweepPlan& plan, Trial& trial, const sigset_t& signals) : plan_(plan), trial_(trial) {
    FileSystem::instance().remove(plan.error_file(trial.trial));
    const int log = open(plan.log_file(trial.trial).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0)
      throw UserError(ExitCode::cannot_write, plan.log_file(trial.trial) + ": " + std::string(std::strerror(errno)));
    process_ =
        start_child({.arguments = trial_arguments(plan, trial),
                     .environment = environment_with({"TORCHELASTIC_ERROR_FILE=" + plan.error_file(trial.trial)}),
                     .output = log,
                     .errors = log,
                     .signals = signals});
    const int error = errno;
    close(log);
    if (process_ < 0)
      throw UserError(ExitCode::no_resources,
                      fmt::format("trial {} cannot be started: {}", trial.trial, std::strerror(error)));
  }
  ~TrialProcess() {
    if (ended_) return;
    send(SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  TrialProcess(const TrialProcess&) = delete;
  TrialProcess& operator=(const TrialProcess&) = delete;

  Trial& trial() { return trial_; }
  bool ended() const { return ended_; }
  int status() const { return status_; }
  void send(int signal) { kill(-process_, signal); }  // with what it may have started itself
  // Keeps a checkpoint and ends; is ended where that takes too long.
  void ask_to_end() {
    if (kill_at_ > 0) return;
    send(SIGTERM);
    kill_at_ = monotonic_seconds() + grace_seconds;
  }
  void look_for_end() {
    if (waitpid(process_, &status_, WNOHANG) == process_) {
      ended_ = true;
      trial_.seconds += monotonic_seconds() - begun_;
    } else if (kill_at_ > 0 && monotonic_seconds() > kill_at_) {
      send(SIGKILL);
    }
  }

  std::unique_ptr<TrialProgress> progress;  // once it has begun to write
  int64_t seen = 0;                         // validations that were looked at

 private:
  const SweepPlan& plan_;
  Trial& trial_;
  pid_t process_ = -1;
  bool ended_ = false;
  int status_ = 0;
  const double begun_ = monotonic_seconds();
  double kill_at_ = 0;  // 0: not asked to end
};

class Trials {
 public:
  Trials(const SweepPlan& plan, SweepRecord& record, const TrialListener& listener)
      : plan_(plan),
        record_(record),
        listener_(listener),
        halving_(plan.min_validations, plan.reduction_factor, record.higher) {
    known_ = !record.monitor.empty();
    for (size_t i = 0; i < record.trials.size(); ++i)
      if (!record.trials[i].done()) waiting_.push_back(&record.trials[i]);
    take_back_rungs();
  }

  int run() {
    const HeldSignals held;
    int stopped_by = 0;
    for (;;) {
      while (stopped_by == 0 && static_cast<int64_t>(running_.size()) < plan_.jobs && start_next(held.before)) {
      }
      if (running_.empty()) return stopped_by;
      tell_progress();
      const int signal = held.next(between_looks);
      if (signal == SIGTSTP) {
        for (const auto& each : running_) each->send(SIGSTOP);
        raise(SIGSTOP);  // Goes on here when somebody continues us.
        for (const auto& each : running_) each->send(SIGCONT);
      } else if (signal > 0 && signal != SIGCHLD) {
        if (stopped_by == 0) stopped_by = signal;
        for (const auto& each : running_) each->ask_to_end();
      }
      for (const auto& each : running_) {
        each->look_for_end();  // first: what it wrote until then is there
        if (halves()) look(*each);
      }
      take_ended(stopped_by != 0);
    }
  }

 private:
  bool halves() const { return plan_.reduction_factor > 0; }

  // What earlier trials came to, where the sweep goes on.
  void take_back_rungs() {
    if (!known_ || !halves()) return;
    halving_ = Halving(plan_.min_validations, plan_.reduction_factor, record_.higher);
    for (size_t i = 0; i < record_.trials.size(); ++i) {
      int64_t rung = plan_.min_validations;
      for (const double value : record_.trials[i].rungs) {
        halving_.goes_on(rung, value);
        rung *= plan_.reduction_factor;
      }
    }
  }

  bool start_next(const sigset_t& signals) {
    Trial* next = nullptr;
    if (!waiting_.empty()) {
      next = waiting_.front();
      waiting_.erase(waiting_.begin());
    } else if (static_cast<int64_t>(record_.trials.size()) < plan_.trials) {
      auto fresh = std::make_shared<Trial>();
      fresh->trial = static_cast<int64_t>(record_.trials.size()) + 1;
      fresh->values = next_values(plan_, record_, fresh->trial);
      next = fresh.get();
      record_.trials.values.push_back(std::move(fresh));
    }
    if (!next) return false;
    write_record(record_, plan_.record_file());  // Before it runs: a sweep that is killed knows its values.
    running_.push_back(std::make_unique<TrialProcess>(plan_, *next, signals));
    return true;
  }

  // What is monitored, once a trial has told. Trials that monitor something else cannot be compared with it.
  Monitored monitored_of(const Trial& trial) {
    const std::string teller = telling_folder(plan_.run_folder(trial.trial));
    if (teller.empty()) return {};
    const Monitored monitored = listener_.monitored(teller);
    if (!known_) {
      known_ = true;
      record_.monitor = monitored.name;
      record_.higher = monitored.higher;
      halving_ = Halving(plan_.min_validations, plan_.reduction_factor, record_.higher);
    }
    return monitored;
  }

  void look(TrialProcess& process) {
    Trial& trial = process.trial();
    if (trial.state == "stopped") return;
    if (!process.progress) {
      const Monitored monitored = monitored_of(trial);
      if (monitored.name.empty() || monitored.name != record_.monitor) return;
      process.progress = std::make_unique<TrialProgress>(plan_.run_folder(trial.trial), monitored);
    }
    process.progress->look();
    int64_t rung = 0;
    for (int64_t count = 1; count <= process.progress->validations(); ++count) {
      if (!halving_.is_rung(count)) continue;
      if (rung++ < static_cast<int64_t>(trial.rungs.size())) continue;  // It stood there before.
      const std::optional<double> best = process.progress->best_of(count);
      const double worst = std::numeric_limits<double>::max() * (record_.higher ? -1 : 1);
      trial.rungs.push_back(best.value_or(worst));
      if (halving_.goes_on(count, best.value_or(NAN))) continue;
      trial.state = "stopped";
      trial.value = best;
      trial.validations = count;
      process.ask_to_end();
      return;
    }
  }

  void take_ended(bool interrupted) {
    for (size_t i = 0; i < running_.size();) {
      if (!running_[i]->ended()) {
        ++i;
        continue;
      }
      const std::unique_ptr<TrialProcess> process = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      settle(*process, interrupted);
      write_record(record_, plan_.record_file());
      write_text_atomically(plan_.csv_file(), record_csv(record_, plan_.space));
      if (process->trial().done()) listener_.done(process->trial());
    }
  }

  // What has become of a trial whose process has ended.
  void settle(TrialProcess& process, bool interrupted) {
    Trial& trial = process.trial();
    const int code = exit_code_of(process.status());
    if (trial.state == "stopped") return;
    if (interrupted && code != 0) return;  // It goes on with --resume.
    trial.exit_code = code;
    if (code != 0) return fail(trial, failure_text(plan_.error_file(trial.trial), process.status()));
    const Monitored monitored = monitored_of(trial);
    if (monitored.name.empty())
      return fail(trial, "monitors nothing (checkpoint.monitor): it cannot be compared with others");
    if (monitored.name != record_.monitor)
      return fail(trial, fmt::format("monitors {}, and other trials {}: give checkpoint.monitor", monitored.name,
                                     record_.monitor));
    const TrialResult result = trial_result(plan_.run_folder(trial.trial), monitored);
    trial.value = result.value;
    trial.validations = result.validations;
    if (!result.value) return fail(trial, fmt::format("recorded no {} that is a number", monitored.name));
    trial.state = "finished";
  }

  static void fail(Trial& trial, const std::string& reason) {
    trial.state = "failed";
    trial.reason = reason;
  }

  void tell_progress() {
    int64_t done = 0;
    for (size_t i = 0; i < record_.trials.size(); ++i) done += record_.trials[i].done() ? 1 : 0;
    const Trial* const best = record_.best();
    listener_.progress(fmt::format(
        "trials {}/{}, {} running{}", done, plan_.trials, running_.size(),
        best ? fmt::format(", best {} {:.5g} (trial {})", record_.monitor, *best->value, best->trial) : ""));
  }

  const SweepPlan& plan_;
  SweepRecord& record_;
  const TrialListener& listener_;
  Halving halving_;
  bool known_ = false;  // what is monitored
  std::vector<Trial*> waiting_;
  std::vector<std::unique_ptr<TrialProcess>> running_;
};

}  // namespace

int run_trials(const SweepPlan& plan, SweepRecord& record, const TrialListener& listener) {
  return Trials(plan, record, listener).run();
}

}  // namespace dlrun
