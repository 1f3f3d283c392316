// The cells of a table's samples as numbers and categories, a column at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/source.h"

namespace dlrun {

// One column over the samples of a split.
struct ColumnValues {
  bool numeric = false;
  std::vector<double> numbers;          // of a numeric column; NaN where missing
  std::vector<std::string_view> texts;  // of any; empty where missing
  bool missing(size_t i) const;
};

// Views into the table: valid while it lives.
ColumnValues column_values(const SourceRows& rows, int64_t place, bool numeric);

}  // namespace dlrun
