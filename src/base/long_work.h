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

// Work of `total` pieces, of which a terminal says how many are done once it took more than a second: "reading pictures
// 1200/50000". Elsewhere nothing is said. Any thread may call done().
class LongWork {
 public:
  LongWork(std::string what, int64_t total);
  void done(int64_t more = 1);

 private:
  const std::string what_;
  const int64_t total_;
  const double begun_;
  std::atomic<int64_t> done_ = 0;
  std::mutex mutex_;  // guards the line
  Progress line_;
};

}  // namespace dlrun
