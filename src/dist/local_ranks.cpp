// Starting ranks, passing signals on, waiting.

#include "dist/local_ranks.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/child_process.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "dist/meeting.h"

namespace dlrun {
namespace {

// The environment of a rank of this machine: ours, with its place.
std::vector<std::string> environment_of(const Machine& machine, int64_t local, uint16_t port) {
  const bool alone = machine.count == 1;
  const int64_t count = machine.ranks;
  std::vector<std::string> own = {
      "RANK=" + std::to_string(machine.number * count + local),
      "WORLD_SIZE=" + std::to_string(machine.count * count),
      "LOCAL_RANK=" + std::to_string(local),
      "LOCAL_WORLD_SIZE=" + std::to_string(count),
      "MASTER_ADDR=" + (alone ? "127.0.0.1" : machine.host),
      "MASTER_PORT=" + std::to_string(port),
      "TORCHELASTIC_USE_AGENT_STORE=True",
      "TORCHELASTIC_RUN_ID=" + (alone ? local_attempt + std::to_string(getpid()) : "machines " + machine.attempt),
      "TORCHELASTIC_RESTART_COUNT=0"};
  if (!process_variable("OMP_NUM_THREADS"))
    own.push_back("OMP_NUM_THREADS=" + std::to_string(std::max<int64_t>(1, allowed_processors() / count)));
  return environment_with(std::move(own));
}

std::string end_text(int status, bool for_memory) {
  if (!WIFSIGNALED(status)) return "ended with " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  return "was ended by signal " + std::to_string(signal) + " (" + strsignal(signal) +
         (for_memory ? "), by the kernel for lack of memory" : ")");
}

// The processes of all ranks. One that goes out of scope ends those that still live.
class Processes {
 public:
  // At the meeting place of one machine its ranks hear how another was ended.
  Processes(const LocalRanks& ranks, const LocalMeeting& meeting)
      : ranks_(ranks), board_(ranks.machine.count == 1 ? meeting.meeting : Meeting()) {}
  ~Processes() {
    send(SIGKILL);
    for (const pid_t process : living_)
      if (process > 0) waitpid(process, nullptr, 0);
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  void start(uint16_t port, const sigset_t& signals) {
    const Machine& machine = ranks_.machine;
    for (int64_t rank = 0; rank < machine.ranks; ++rank) {
      const bool tells = machine.number == 0 && rank == 0;
      const pid_t process = start_child({.program = ranks_.program,
                                         .arguments = ranks_.arguments,
                                         .environment = environment_of(machine, rank, port),
                                         .output = tells ? STDOUT_FILENO : STDERR_FILENO,
                                         .signals = signals});
      if (process < 0)
        throw UserError(ExitCode::io_error, "hardware.devices: process " + std::to_string(rank + 1) + " of " +
                                                std::to_string(machine.ranks) +
                                                " cannot be started: " + std::strerror(errno) + ".");
      living_.push_back(process);
    }
  }

  bool any() const {
    return std::any_of(living_.begin(), living_.end(), [](pid_t process) { return process > 0; });
  }

  void send(int signal) {
    for (const pid_t process : living_)
      if (process > 0) kill(-process, signal);  // with what it may have started itself
  }

  // One that does not follow the others to the end.
  void force() {
    for (size_t rank = 0; rank < living_.size() && !forced_; ++rank)
      if (living_[rank] > 0 && end_.code == 0) {
        end_ = {static_cast<int>(ExitCode::again), name(rank) + ": does not end, though others have; it is killed"};
        log_error(end_.failed);
      }
    forced_ = true;
    send(SIGKILL);
  }

  // Notes who has ended. True when a rank has failed and none had before.
  bool look() {
    const bool failed_before = failed_;
    for (size_t rank = 0; rank < living_.size(); ++rank) {
      int status = 0;
      if (living_[rank] <= 0 || waitpid(living_[rank], &status, WNOHANG) != living_[rank]) continue;
      living_[rank] = 0;
      ended_ = true;
      const bool killed = WIFSIGNALED(status);
      const bool for_memory = killed && WTERMSIG(status) == SIGKILL && ranks_.memory_kills() > memory_kills_;
      const int code = killed ? killed_code(WTERMSIG(status), for_memory) : WEXITSTATUS(status);
      const bool again = code == static_cast<int>(ExitCode::again);
      if (again && end_.code == 0) end_.code = code;
      if ((!killed && (code == 0 || again)) || failed_ || forced_) continue;
      failed_ = true;
      const std::string text = end_text(status, for_memory);
      end_ = {code, name(rank) + ": " + text};
      // The first rank has told on stderr why it ended.
      if (number(rank) == 0 && !killed) continue;
      if (killed && board_) {
        board_->set(end_key(number(rank)), text);
        told_by_ranks_ = true;
      } else if (any()) {
        log_error(end_.failed + "; the other ranks are ended");
      } else if (killed) {
        log_error(end_.failed);
      }
    }
    if (!any() && told_by_ranks_ && !board_->check({told_key})) log_error(end_.failed);
    return failed_ && !failed_before;
  }

  bool ended() const { return ended_; }  // whether any rank has
  const LocalEnd& end() const { return end_; }

 private:
  int64_t number(size_t rank) const {
    return ranks_.machine.number * ranks_.machine.ranks + static_cast<int64_t>(rank);
  }
  std::string name(size_t rank) const { return "rank " + std::to_string(number(rank)); }

  const LocalRanks& ranks_;
  const Meeting board_;         // empty where the ranks of other machines meet there too
  bool told_by_ranks_ = false;  // a rank that was waiting for the one that failed says so, and knows what it did last
  std::vector<pid_t> living_;   // by rank; 0 once it has ended
  const int64_t memory_kills_ = ranks_.memory_kills();  // before they began
  bool ended_ = false, failed_ = false, forced_ = false;
  LocalEnd end_;
};

}  // namespace

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline");
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

int killed_code(int signal, bool for_memory) {
  if (for_memory) return static_cast<int>(ExitCode::no_resources);
  const bool wrong = signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGFPE ||
                     signal == SIGILL || signal == SIGTRAP || signal == SIGSYS;
  return static_cast<int>(wrong ? ExitCode::bug : ExitCode::again);
}

LocalEnd start_local_ranks(const LocalRanks& ranks) {
  HeldSignals held;  // Before the meeting place's thread, which inherits it.
  const LocalMeeting meeting = open_local_meeting(ranks.machine);
  Processes processes(ranks, meeting);
  processes.start(meeting.port, held.before);

  double end = 0;  // when to use force; 0: all are at work
  while (true) {
    const bool failed = processes.look();
    if (!processes.any()) return processes.end();
    if (failed) processes.send(SIGTERM);
    if (failed || (end == 0 && processes.ended())) end = monotonic_seconds() + ranks.grace_seconds;
    if (end > 0 && monotonic_seconds() >= end) processes.force();

    const double left = end > 0 ? std::max(0.1, end - monotonic_seconds()) : 3600;
    const int signal = held.next(left);
    if (signal == SIGTSTP) {
      processes.send(SIGSTOP);
      raise(SIGSTOP);  // Goes on here when somebody continues us.
      processes.send(SIGCONT);
    } else if (signal > 0 && signal != SIGCHLD) {
      processes.send(signal);
    }
  }
}

void end_with_launcher(const RankPlace& place) {
  int signal = 0;
  if (place.attempt.empty() || prctl(PR_GET_PDEATHSIG, &signal) != 0 || signal != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
}

}  // namespace dlrun
