// Samples as the user wrote them: what a check of the data compares where a batch holds less, or something else.

#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/csv_table.h"
#include "data/numbers.h"

namespace dlrun {

struct SourceColumn {
  int64_t place = 0;     // in the table
  bool numeric = false;  // its cells are numbers, or missing
  bool varied = false;   // dates and texts: another in nearly every row by their nature
};

// The rows of a table. Columns that are neither input nor target are in the table too.
struct SourceRows {
  std::shared_ptr<const CsvTable> table;
  std::vector<int64_t> rows;  // of the table, one for each sample
  std::vector<SourceColumn> inputs;
  std::vector<int64_t> targets;                // columns of the table
  std::set<std::string, std::less<>> missing;  // cells that mean: not known
  NumberFormat format;                         // how its numbers are written
  std::string_view cell(int64_t sample, int64_t column) const {
    return table->cell(rows[static_cast<size_t>(sample)], column);
  }
};

// The text of a split as token ids; samples are windows of it.
struct SourceText {
  std::span<const int32_t> tokens;
};

}  // namespace dlrun
