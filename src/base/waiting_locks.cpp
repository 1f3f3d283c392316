// Locks that are waited for where only a try was asked for.
//
// The program exports both functions (scripts/cmake/Gloo.cmake tells why), so that they stand before libc's, and before
// the engine's own, for every library that is loaded.

#include "base/waiting_locks.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>

namespace {

std::atomic<uintptr_t> waiting_begin = 0, waiting_end = 0;

// Whoever has the lock may itself wait for who asks, so it is not waited for without end.
int lock_within_a_millisecond(pthread_mutex_t* mutex) noexcept {
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += 1'000'000;
  if (until.tv_nsec >= 1'000'000'000) {
    until.tv_nsec -= 1'000'000'000;
    ++until.tv_sec;
  }
  const int result = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
  return result == ETIMEDOUT ? EBUSY : result;
}

}  // namespace

extern "C" void dlrun_wait_for_locks_in(const void* begin, const void* end) {
  waiting_begin = reinterpret_cast<uintptr_t>(begin);
  waiting_end = reinterpret_cast<uintptr_t>(end);
}

extern "C" int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  static const auto libc_trylock =
      reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_trylock"));
  const int result = libc_trylock(mutex);
  if (result != EBUSY) return result;
  const auto asked_from = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  const bool waits = asked_from > waiting_begin.load(std::memory_order_relaxed) &&
                     asked_from <= waiting_end.load(std::memory_order_relaxed);
  return waits ? lock_within_a_millisecond(mutex) : result;
}
