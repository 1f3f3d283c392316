// fork, exec, and what goes between them.

#include "base/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "base/error.h"

extern char** environ;

namespace dlrun {
namespace {

constexpr int passed_on[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// In the new process, which may call nothing that takes a lock. Does not return.
[[noreturn]] void become(const ChildProcess& child, char* const* arguments, char* const* environment, pid_t parent) {
  setpgid(0, 0);  // The terminal's Ctrl-C comes to the parent alone, which passes it on: once, not twice.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(128 + SIGKILL);  // It died before the line above.
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  if (child.output != STDOUT_FILENO) dup2(child.output, STDOUT_FILENO);
  if (child.errors != STDERR_FILENO) dup2(child.errors, STDERR_FILENO);
  // A handler of this program would swallow what comes before the next one has its own.
  for (const int signal : passed_on) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  pthread_sigmask(SIG_SETMASK, &child.signals, nullptr);
  execve(child.program.c_str(), arguments, environment);
  dprintf(STDERR_FILENO, "%s: cannot be started: %s\n", child.program.c_str(), std::strerror(errno));
  _exit(static_cast<int>(ExitCode::no_input));
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&set);
  for (const int signal : passed_on) sigaddset(&set, signal);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTSTP);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  struct sigaction ordinary {};
  ordinary.sa_handler = SIG_DFL;  // A parent may have ignored it, and ends of children would be lost.
  sigaction(SIGCHLD, &ordinary, &child_before_);
}

HeldSignals::~HeldSignals() {
  sigaction(SIGCHLD, &child_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

int HeldSignals::next(double seconds) const {
  const timespec patience = {static_cast<time_t>(seconds), static_cast<long>((seconds - std::floor(seconds)) * 1e9)};
  return std::max(0, sigtimedwait(&set, nullptr, &patience));
}

pid_t start_child(const ChildProcess& child) {
  std::vector<std::string> words = child.arguments, variables = child.environment;
  const std::vector<char*> arguments = pointers_to(words), environment = pointers_to(variables);
  const pid_t parent = getpid(), process = fork();
  if (process == 0) become(child, arguments.data(), environment.data(), parent);
  if (process > 0) setpgid(process, process);  // Here too: whoever comes first.
  return process;
}

std::vector<std::string> environment_with(std::vector<std::string> variables) {
  const size_t named = variables.size();
  for (char** variable = environ; *variable; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('=') + 1);
    const auto end = variables.begin() + static_cast<std::ptrdiff_t>(named);
    if (std::none_of(variables.begin(), end, [&](const std::string& each) { return each.starts_with(name); }))
      variables.push_back(text);
  }
  return variables;
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int64_t allowed_processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace dlrun
