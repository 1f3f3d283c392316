// A live line for work that may turn out to be long.

#include "base/long_work.h"

#include <utility>

#include "base/clock.h"
#include "base/units.h"

namespace dlrun {
namespace {

constexpr double patience = 1.0;  // seconds
std::atomic<bool> shown = false;

}  // namespace

void show_long_work(bool on) { shown = on; }

std::string progress_text(const std::string& what, int64_t done, int64_t total, int64_t done_now, double seconds,
                          Counted counted) {
  const bool bytes = counted == Counted::bytes;
  const auto amount = [&](int64_t n) { return bytes ? bytes_text(static_cast<uint64_t>(n)) : std::to_string(n); };
  std::string text = what + " " + amount(done) + "/" + amount(total);
  if (done_now <= 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done_now) / seconds;
  text += "  " + (bytes ? bytes_text(static_cast<uint64_t>(rate)) : quantity_text(rate)) + "/s";
  if (done < total) text += "  " + duration_text(static_cast<double>(total - done) / rate) + " left";
  return text;
}

Pace::Pace() : begun_(monotonic_seconds()) {}

void Pace::see(int64_t done) {
  if (done < last_) begun_ = monotonic_seconds();
  last_ = done;
}

std::string Pace::text(const std::string& what, int64_t done, int64_t total) {
  see(done);
  return progress_text(what, done, total, done, monotonic_seconds() - begun_);
}

LongWork::LongWork(std::string what, int64_t total, Counted counted)
    : what_(std::move(what)),
      total_(total),
      counted_(counted),
      begun_(monotonic_seconds()),
      line_(0.1, shown && terminal(stderr).live) {}

void LongWork::done(int64_t more) {
  const int64_t so_far = done_ += more;
  if (!line_.due() || monotonic_seconds() < begun_ + patience) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) line_.show(progress_text(what_, so_far, total_, so_far, monotonic_seconds() - begun_, counted_));
}

}  // namespace dlrun
