// What a column of a table is: numbers, categories or dates, and what is unusual about it.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "data/csv_table.h"
#include "data/dates.h"
#include "data/numbers.h"

namespace dlrun {

struct ColumnLook {
  enum class Kind { numbers, categories, dates };
  Kind kind = Kind::categories;
  DateOrder order = DateOrder::day_first;  // of dates whose year is not first
  // Why the column must not be read as it is, with the cell and the keys that help; "line 7: column 'age': ...".
  std::string problem;
  std::string note;  // what a person should know although it is read
};

// Looks at the cells of `rows` (training rows). A column is numbers where every cell that holds something is one or
// stands for none, dates where every such cell is a date, and otherwise categories; but one that is mostly numbers,
// also numbers of another format, is a problem rather than a category for each number.
ColumnLook look_at_column(const CsvTable& table, std::span<const int64_t> rows, int64_t place,
                          const NumberFormat& format, const std::function<bool(std::string_view)>& missing);

// What to say about a cell that should hold a number: `"20,5" is no finite number; with data.decimal: comma it is`.
std::string no_number(std::string_view cell, const NumberFormat& format);

}  // namespace dlrun
