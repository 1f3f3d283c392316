// Signal handlers that only set a flag.

#include "base/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace dlrun {
namespace {

constexpr int watched[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};

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

void mask(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : watched) sigaddset(&signals, signal);
  pthread_sigmask(how, &signals, nullptr);
}

}  // namespace

void hold_signals() { mask(SIG_BLOCK); }

void watch_signals() {
  for (const int signal : watched) {
    struct sigaction old {};
    sigaction(signal, nullptr, &old);
    if (old.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
  mask(SIG_UNBLOCK);
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
