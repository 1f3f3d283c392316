// status.json, by whoever is left to write it.

#include "train/verdict.h"

#include <new>
#include <system_error>

#include "base/log.h"
#include "dist/agreement.h"
#include "dist/lost_rank.h"
#include "tensor/failure.h"

namespace dlrun {
namespace {

void write_or_warn(const std::string& folder, const RunStatus& status) {
  try {
    write_status(folder, status);
  } catch (const UserError& error) {
    log_warning(std::string(error.what()) + " (the run's verdict is not in its status.json)");
  }
}

std::string state_of(int code) {
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::ok:
      return "finished";
    case ExitCode::again:
      return "checkpointed";
    case ExitCode::diverged:
      return "diverged";
    default:
      return "failed";
  }
}

struct Error {
  ExitCode code;
  std::string text;
  bool told_elsewhere = false, lost_rank = false;
};

// As the program will end with it (app/failure.h).
Error error_of(const std::exception_ptr& pointer) {
  try {
    std::rethrow_exception(pointer);
  } catch (const ToldElsewhere&) {
    return {ExitCode::ok, "", true};
  } catch (const LostRank& lost) {
    return {lost.code(), lost.what(), false, true};
  } catch (const UserError& mistake) {
    return {mistake.code(), mistake.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::no_resources, "out of memory"};
  } catch (const std::system_error& refused) {
    return {ExitCode::no_resources, refused.what()};
  } catch (const std::exception& other) {
    const Failure failure = failure_of(other);
    return {failure.memory ? ExitCode::no_resources : ExitCode::bug, failure.known ? failure.sentence : other.what()};
  } catch (...) {
    return {ExitCode::bug, "an error of unknown type"};
  }
}

}  // namespace

Verdict::Verdict(std::string folder, const Group& group) : folder_(std::move(folder)), first_(group.rank() == 0) {
  status_.world_size = group.size();
}

void Verdict::write(const std::string& state) {
  status_.state = state;
  write_or_warn(folder_, status_);
}

void Verdict::running(int64_t step, int64_t total_steps) {
  own();
  status_.step = step;
  status_.total_steps = total_steps;
  if (first_) write("running");
}

int Verdict::over(const std::function<int()>& work) {
  int code = 0;
  try {
    code = work();
  } catch (...) {
    if (owns_) failed(std::current_exception());
    throw;
  }
  status_.exit_code = code;
  if (owns_ && first_) write(state_of(code));
  return code;
}

void Verdict::failed(std::exception_ptr pointer) {
  const Error error = error_of(pointer);
  if (error.told_elsewhere) return;
  if (!first_) {
    // Rank 0 tells it, unless it is the one that is gone.
    const std::optional<RunStatus> said = read_status(folder_);
    if (!error.lost_rank || !said || said->state != "running") return;
    status_.step = said->step;
  }
  status_.exit_code = static_cast<int>(error.code);
  status_.reason = error.text;
  write(error.lost_rank ? "failed" : state_of(*status_.exit_code));  // 75, and yet nothing was kept because of it
}

void tell_lost_ranks(const std::string& folder, const std::optional<RunStatus>& before, const LocalEnd& end) {
  if (end.failed.empty()) return;
  std::optional<RunStatus> said = read_status(folder);
  // What was said before is not what these ranks wrote.
  if (!said || said == before || (said->state != "running" && said->state != "failed")) return;
  if (said->state == "running") {
    said->reason = end.failed;
    said->state = end.code == static_cast<int>(ExitCode::again) ? "failed" : state_of(end.code);  // nothing was kept
  }
  said->exit_code = end.code;  // those that were left have told the rest
  write_or_warn(folder, *said);
}

}  // namespace dlrun
