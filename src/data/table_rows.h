// Which rows of a table go into which split.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/csv_split.h"
#include "data/csv_table.h"
#include "data/splits.h"
#include "data/table_encoder.h"

namespace dlrun {

// Numbers of the classes in a column, one for each row, for stratified splits; any numbering serves. Empty where the
// table has no such column. `strip`: letters that do not count at the end of a class.
std::vector<int64_t> labels_of(const CsvTable& table, const std::string& column, std::string_view strip);

// Rows that say the same in all columns that can be inputs have the same number, equal numbers being equal in any
// of them.
std::vector<int64_t> number_same_rows(const SharedTable& table, const EncoderOptions& chosen);

// Takes the rows of a split out of `left`, by a column's value or as take_rows() does. Throws UserError(bad_recipe) for
// a column that is missing, and where no row, or every row, has the value.
std::vector<int64_t> take_rows_of(const TableSplitRule& rule, const SplitSource& source, const CsvTable& table,
                                  std::vector<int64_t>& left);

}  // namespace dlrun
