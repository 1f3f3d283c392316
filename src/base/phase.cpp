// One phase for the whole process.

#include "base/phase.h"

#include <mutex>

#include "base/clock.h"

namespace dlrun {
namespace {

std::mutex phase_mutex;
Phase phase_now;

}  // namespace

void enter_phase(const char* what, int64_t number) {
  std::string text = what;
  if (number >= 0) text += " " + std::to_string(number);
  const std::lock_guard lock(phase_mutex);
  phase_now = {std::move(text), monotonic_seconds()};
}

Phase current_phase() {
  const std::lock_guard lock(phase_mutex);
  return phase_now;
}

}  // namespace dlrun
