// The thread that sends.

#include "mlflow/sender.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/shell.h"

namespace dlrun {
namespace {

constexpr double most_seconds_between = 60.0;

std::string hint(const std::string& folder) { return "dlrun mlflow " + shell_word(folder); }

}  // namespace

MlflowSender::MlflowSender(const std::string& run_folder, const MlflowSettings& settings)
    : folder_(run_folder), settings_(settings), run_(run_folder, settings) {
  if (offline()) {
    log_info("DLRUN_OFFLINE is set: MLflow is told nothing now; " + hint(folder_) + " tells it later");
    return;
  }
  if (const std::string problem = http_problem(); !problem.empty()) {
    log_warning("MLflow is told nothing now, libcurl cannot be loaded (" + problem + "); " + hint(folder_) +
                " tells it later");
    return;
  }
  // Signals are the training's: they come to its thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

MlflowSender::~MlflowSender() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    deadline_ = monotonic_seconds() + static_cast<double>(settings_.wait_seconds);
  }
  woken_.notify_all();
  thread_.join();
  if (!complete_ && !gave_up_)
    log_warning(fmt::format("MLflow at {} has not got all of this run; {} sends the rest", run_.uri(), hint(folder_)));
}

bool MlflowSender::may_go_on() {
  const std::lock_guard lock(mutex_);
  return !stopping_ || monotonic_seconds() < deadline_;
}

bool MlflowSender::pass(MlflowServer& server, bool last) {
  try {
    run_.send(server, /*live=*/true);
    if (last) run_.finish(server);
    complete_ = last;
    if (problems_ > 0 && !last) log_info("MLflow at " + run_.uri() + " answers again");
    problems_ = 0;
    return !last;
  } catch (const MlflowProblem& problem) {
    ++problems_;
    gave_up_ = !problem.passes;
    if (gave_up_)
      log_warning(fmt::format("MLflow at {} {}\nThe run goes on without it; {} tries again", run_.uri(), problem.what(),
                              hint(folder_)));
    else if (problems_ == 1 && !last)
      log_warning(fmt::format("MLflow at {}: {}. The run goes on, and tells it later", run_.uri(), problem.what()));
    return !gave_up_;
  } catch (const std::exception& error) {  // a file of the run that cannot be read or written
    gave_up_ = true;
    log_warning(fmt::format("MLflow: {}\nThe run goes on without it; {} tries again", error.what(), hint(folder_)));
    return false;
  }
}

void MlflowSender::work() {
  std::unique_ptr<MlflowServer> server;
  try {
    server = std::make_unique<MlflowServer>(run_.uri(), [this] { return may_go_on(); });
  } catch (const UserError& error) {
    gave_up_ = true;
    return log_warning(fmt::format("MLflow is told nothing now: {}", error.what()));
  }
  for (bool last = false;;) {
    {
      std::unique_lock lock(mutex_);
      const int slower = std::min(problems_, 4);
      const double wait = std::min(most_seconds_between, static_cast<double>(settings_.every_seconds << slower));
      // A server that was busy at the end is asked again, while there is time.
      woken_.wait_for(lock, std::chrono::duration<double>(last ? 1.0 : wait), [&] { return stopping_ && !last; });
      if (last && monotonic_seconds() >= deadline_) return;
      last = stopping_;
    }
    if (!pass(*server, last)) return;
  }
}

}  // namespace dlrun
