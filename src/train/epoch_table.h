// What each validation came to, as lines of a table.

#pragma once

#include <cstdint>
#include <string>

#include "metrics/metric.h"

namespace dlrun {

struct EpochLine {
  int64_t epoch = 0;  // done
  int64_t step = 0;   // done
  bool best = false;  // the best so far
};

// A number as it is shown beside others: "0.4754", "1.2e-05".
std::string shown_number(double value);

class EpochTable {
 public:
  // Where a line of the table is wider than `width`, the numbers follow their names instead, on as many lines as it
  // takes.
  explicit EpochTable(int width) : width_(width) {}
  // The line of an epoch; before it the head, where it is the first or has other numbers than the one before.
  std::string text(const EpochLine& line, const Results& train, const Results& val, const std::string& time);

 private:
  int width_;
  std::string head_;
};

}  // namespace dlrun
