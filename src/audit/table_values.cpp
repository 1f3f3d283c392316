// The cells of a table's samples as numbers and categories.

#include "audit/table_values.h"

#include <cmath>
#include <limits>

namespace dlrun {

bool ColumnValues::missing(size_t i) const { return numeric ? std::isnan(numbers[i]) : texts[i].empty(); }

ColumnValues column_values(const SourceRows& rows, int64_t place, bool numeric) {
  ColumnValues values;
  values.numeric = numeric;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const std::string_view cell = rows.cell(static_cast<int64_t>(i), place);
    const bool missing = rows.missing.contains(cell);
    values.texts.push_back(missing ? std::string_view() : cell);
    if (!numeric) continue;
    const std::optional<double> number = missing ? std::nullopt : parse_number(cell, rows.format);
    values.numbers.push_back(number ? *number + 0.0 : std::numeric_limits<double>::quiet_NaN());
  }
  return values;
}

}  // namespace dlrun
