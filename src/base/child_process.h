// Processes of this one: how they are started, and the signals that their parent takes one by one.

#pragma once

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dlrun {

// Holds back what a parent of processes passes on or acts on, SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGCHLD and SIGTSTP,
// for sigtimedwait(); with its end all is as before. For a thread that lives as long as the process, before other
// threads that do not hold these signals back.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // The next of them, or 0 when none came within the seconds.
  int next(double seconds) const;

  sigset_t set, before;

 private:
  struct sigaction child_before_ {};
};

struct ChildProcess {
  std::string program = "/proc/self/exe";
  std::vector<std::string> arguments;    // with the program's name as the first
  std::vector<std::string> environment;  // "NAME=value"
  int output = STDOUT_FILENO;            // what its stdout is
  int errors = STDERR_FILENO;
  sigset_t signals{};  // held back in it
};

// Starts a process in a group of its own, which reads nothing from stdin and is killed when the thread that started it
// ends. Returns its number, or -1 with errno. A program that cannot be started ends with 66 and says so on its stderr.
pid_t start_child(const ChildProcess& child);

// This process's environment with these variables in place of its own of the same names.
std::vector<std::string> environment_with(std::vector<std::string> variables);

// The exit code a shell would give: 128 + n where signal n ended it.
int exit_code_of(int wait_status);

// Processors this process may run on.
int64_t allowed_processors();

}  // namespace dlrun
