// Columns that are worth a second look: names of rows, constants, and mostly missing ones.

#include <fmt/format.h>

#include <cmath>
#include <unordered_set>

#include "audit/checks.h"
#include "audit/table_values.h"
#include "base/units.h"

namespace dlrun {
namespace {

constexpr size_t fewest_rows = 20;
constexpr double mostly = 0.5;

// Whether every row has another value, as names and numbers of rows have; measured numbers often do too, so those with
// fractions do not count.
bool names_rows(const ColumnValues& column, size_t distinct) {
  if (distinct != column.texts.size()) return false;
  for (const double number : column.numbers)
    if (number != std::floor(number)) return false;
  return true;
}

}  // namespace

void check_columns(const AuditInput& input, DataFindings& findings) {
  const SourceRows* rows = input.splits.train->rows_written();
  if (!rows || rows->rows.size() < fewest_rows) return;
  for (const SourceColumn& place : rows->inputs) {
    const std::string& name = rows->table->names()[static_cast<size_t>(place.place)];
    const ColumnValues column = column_values(*rows, place.place, place.numeric);
    const int64_t count = static_cast<int64_t>(column.texts.size());
    std::unordered_set<std::string_view> values;
    int64_t missing = 0;
    for (size_t i = 0; i < column.texts.size(); ++i) {
      values.insert(column.texts[i]);
      missing += column.missing(i);
    }
    const auto add = [&](const char* finding, Gravity gravity, int64_t rows_told, std::string what,
                         std::string advice) {
      findings.push_back(
          {finding, gravity, std::move(what), std::move(advice), rows_told, count, {}, {{"column", name}}});
    };
    const std::string drop = "data.drop: [" + name + "]";
    if (values.size() == 1)
      add("constant_column", Gravity::note, count, "column '" + name + "' has the same value in every training row",
          "It says nothing; leave it out: " + drop + ".");
    else if (!place.varied && names_rows(column, values.size()))
      add("id_column", Gravity::warning, count,
          fmt::format("column '{}' has another value in each of {} training rows: it names them", name,
                      count_text(count)),
          "A network can learn it by heart and nothing else from it; leave it out: " + drop + ".");
    if (static_cast<double>(missing) >= mostly * static_cast<double>(count) && values.size() > 1)
      add("missing_values", Gravity::note, missing,
          fmt::format("column '{}' is missing in {} of {} training rows", name, count_text(missing), count_text(count)),
          "Leave it out (" + drop + "), or let the network see that it is missing: data.missing.indicator: true.");
  }
}

}  // namespace dlrun
