// A live line for work that may turn out to be long.

#include "base/long_work.h"

#include <utility>

#include "base/clock.h"

namespace dlrun {
namespace {

constexpr double patience = 1.0;  // seconds
std::atomic<bool> shown = false;

}  // namespace

void show_long_work(bool on) { shown = on; }

LongWork::LongWork(std::string what, int64_t total)
    : what_(std::move(what)), total_(total), begun_(monotonic_seconds()), line_(0.1, shown && terminal(stderr).live) {}

void LongWork::done(int64_t more) {
  const int64_t so_far = done_ += more;
  if (!line_.due() || monotonic_seconds() < begun_ + patience) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) line_.show(what_ + " " + std::to_string(so_far) + "/" + std::to_string(total_));
}

}  // namespace dlrun
