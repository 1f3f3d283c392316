// What the first row of a table is.

#include "data/csv_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/log.h"
#include "base/text.h"
#include "data/dates.h"
#include "data/input_file.h"
#include "data/numbers.h"

namespace dlrun {
namespace {

bool is_value(std::string_view cell) {
  return parse_cell(cell).has_value() || parse_number(cell, {.decimal = "comma"}) ||
         parse_date(cell, DateOrder::day_first) || parse_date(cell, DateOrder::month_first);
}

// Only whole numbers that go up, as names often are (0, 1, 2 or 1990, 2000, 2010); values of one row hardly ever.
bool goes_up(std::span<const std::string_view> cells) {
  double before = -1.0;
  for (std::string_view cell : cells) {
    if (!is_value(cell)) continue;
    const std::optional<double> number = parse_cell(cell);
    if (!number || *number <= before || *number != std::floor(*number)) return false;
    before = *number;
  }
  return true;
}

// Whether a column holds the number that stands above it.
bool occurs_below(std::span<const std::string_view> header, std::span<const std::string_view> below) {
  for (size_t i = 0; i < header.size(); ++i) {
    if (!is_value(header[i])) continue;
    for (size_t cell = i; cell < below.size(); cell += header.size())
      if (below[cell] == header[i]) return true;
  }
  return false;
}

}  // namespace

void check_column_names(const std::string& path, const std::vector<std::string>& names) {
  std::map<std::string_view, std::vector<size_t>> places;
  for (size_t i = 0; i < names.size(); ++i) places[names[i]].push_back(i);
  std::vector<std::string> repeated;
  for (const auto& [name, found] : places) {
    if (found.size() < 2) continue;
    std::vector<std::string> numbers;
    for (const size_t place : found) numbers.push_back(std::to_string(place));
    repeated.push_back("'" + std::string(name) + "' " + (found.size() == 2 ? "twice" : "several times") + " (columns " +
                       join(numbers, ", ") + ")");
  }
  if (!repeated.empty())
    bad_data(path, "the header names " + join(repeated, ", ") + "; data.columns gives columns other names");
}

void refuse_data_as_names(const std::string& path, std::span<const std::string_view> header,
                          std::span<const std::string_view> below) {
  int64_t numbers = 0;
  for (size_t i = 0; i < header.size(); ++i) {
    const bool value = is_value(header[i]);
    if (value != (is_value(below[i]) || stands_for_no_number(below[i]))) return;
    numbers += value;
  }
  if (numbers == 0) return;
  if (numbers == 1 ? !occurs_below(header, below) : goes_up(header)) return;
  std::string shown;
  for (size_t i = 0; i < std::min<size_t>(4, header.size()); ++i)
    shown += (i == 0 ? "" : ", ") + std::string(header[i].substr(0, 20));
  bad_data(path, "line 1: holds values (" + shown + (header.size() > 4 ? ", ..." : "") +
                     "), not the names of columns; say data.header: false, or data.header: true if these are names");
}

std::vector<int64_t> useless_columns(const CsvTable& table) {
  std::vector<int64_t> useless;
  for (const int64_t place : table.nameless()) {
    bool empty = true, counts = true;
    const int64_t first = parse_cell(table.cell(0, place)).value_or(-1) == 1 ? 1 : 0;
    for (int64_t row = 0; row < table.rows() && (empty || counts); ++row) {
      const std::string_view cell = table.cell(row, place);
      empty = empty && cell.empty();
      counts = counts && cell == std::to_string(row + first);
    }
    if (!empty && !counts) {
      log_warning(fmt::format("{}: column {} has no name in the header; it is called '{}'", table.path(), place,
                              table.names()[static_cast<size_t>(place)]));
      continue;
    }
    log_info(fmt::format("{}: column {} has no name and {}; it is left out", table.path(), place,
                         empty ? "holds nothing" : "counts the rows"));
    useless.push_back(place);
  }
  return useless;
}

}  // namespace dlrun
