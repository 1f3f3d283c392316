// Names of what lies in a sample, for splits whose sample is many things (the nodes of a graph).

#pragma once

#include <cstdint>
#include <string>

namespace dlrun {

// A split may be one of these too.
class RowNames {
 public:
  virtual ~RowNames() = default;
  // What the user calls row `row` of the batch's whole fields. Thread-safe.
  virtual std::string row_name(int64_t row) const = 0;
};

}  // namespace dlrun
