// A live line for work that may turn out to be long: reading, checking, predicting, exporting.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/terminal.h"

namespace dlrun {

// Whether such lines are shown; off until a verb says so.
void show_long_work(bool on);

enum class Counted { pieces, bytes };

// "reading pictures 1200/50000  3.10k/s  16 s left": how far work is, and, where anything of it was done in these
// seconds, how fast that goes and what is left at this rate. Parts end before two spaces, for Progress to cut there.
std::string progress_text(const std::string& what, int64_t done, int64_t total, int64_t done_now, double seconds,
                          Counted counted = Counted::pieces);

// How fast work goes: from when it was begun, or begun again (less is done than before).
class Pace {
 public:
  Pace();
  std::string text(const std::string& what, int64_t done, int64_t total);  // progress_text()
  void see(int64_t done);                                                  // so much is done now

 private:
  double begun_;
  int64_t last_ = 0;
};

// Work of `total` pieces, of which a terminal says how many are done once it took more than a second. Elsewhere nothing
// is said. Any thread may call done().
class LongWork {
 public:
  LongWork(std::string what, int64_t total, Counted counted = Counted::pieces);
  void done(int64_t more = 1);

 private:
  const std::string what_;
  const int64_t total_;
  const Counted counted_;
  const double begun_;
  std::atomic<int64_t> done_ = 0;
  std::mutex mutex_;  // guards the line
  Progress line_;
};

}  // namespace dlrun
