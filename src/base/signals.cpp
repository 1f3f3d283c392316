// Signal handlers that only set a flag.

#include "base/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace dlrun {
namespace {

std::atomic<int> requested{0};
std::atomic<int> interrupts{0};
static_assert(std::atomic<int>::is_always_lock_free);  // so that a handler may touch it

void note(int signal) {
  int none = 0;
  if (!requested.compare_exchange_strong(none, signal) && signal == SIGINT) {
    // A scheduler's SIGTERM followed by one Ctrl-C must not cut the checkpoint short.
    if (none == SIGINT || interrupts.fetch_add(1) > 0) _exit(128 + SIGINT);
  }
}

}  // namespace

void watch_signals() {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) {
    struct sigaction old {};
    sigaction(signal, nullptr, &old);
    if (old.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}

int stop_requested() { return requested.load(std::memory_order_relaxed); }

void request_stop(int signal) { requested = signal; }

const char* signal_name(int signal) {
  switch (signal) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGHUP:
      return "SIGHUP";
    default:
      return "a signal";
  }
}

}  // namespace dlrun
