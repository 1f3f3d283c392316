// What a column of a table is.

#include "data/column_look.h"

#include <fmt/format.h>

#include <set>
#include <unordered_set>

#include "base/units.h"

namespace dlrun {
namespace {

constexpr size_t few = 12;          // so many different values are categories, whatever they look like
constexpr size_t looked_at = 2000;  // cells that other formats are tried on

std::string in_quotes(std::string_view text) { return "\"" + std::string(text.substr(0, 80)) + "\""; }

// The cells of a column that hold something, and how many of them are numbers.
struct Cells {
  std::vector<std::string_view> held;  // neither missing nor a word for no number
  std::unordered_set<std::string_view> different;
  int64_t numbers = 0, words = 0;
  int64_t first_other = -1;  // row
};

Cells cells_of(const CsvTable& table, std::span<const int64_t> rows, int64_t place, const NumberFormat& format,
               const std::function<bool(std::string_view)>& missing) {
  Cells cells;
  for (const int64_t row : rows) {
    const std::string_view cell = table.cell(row, place);
    if (missing(cell)) continue;
    const bool number = parse_number(cell, format).has_value();
    if (!number && stands_for_no_number(cell)) {
      ++cells.words;
      continue;
    }
    cells.numbers += number;
    if (!number && cells.first_other < 0) cells.first_other = row;
    cells.held.push_back(cell);
    if (cells.different.size() <= looked_at) cells.different.insert(cell);
  }
  return cells;
}

std::set<std::string> affixes_in(std::span<const std::string_view> cells, const NumberFormat& format) {
  std::set<std::string> found;
  for (std::string_view cell : cells)
    if (parse_number(cell, format)) found.emplace(affix_of(cell, format));
  return found;
}

// Numbers that carry different units are not one quantity.
std::string mixed_units(std::span<const std::string_view> cells, const NumberFormat& format) {
  if (format.affixes.empty()) return {};
  std::set<std::string> found = affixes_in(cells, format);
  found.erase("");
  if (found.size() < 2) return {};
  std::string list;
  for (const std::string& affix : found) list += (list.empty() ? "" : ", ") + in_quotes(affix);
  return "its numbers carry different texts (" + list + "); bring them to one unit";
}

std::string at(const CsvTable& table, int64_t row, int64_t place) {
  return fmt::format("{}: column '{}': ", table.place(row), table.names()[static_cast<size_t>(place)]);
}

// A column that is no column of plain numbers, and of which most cells are numbers all the same.
void judge_mixture(const CsvTable& table, int64_t place, const Cells& cells, const NumberFormat& format,
                   ColumnLook& look) {
  const std::span<const std::string_view> sample(cells.held.data(), std::min(cells.held.size(), looked_at));
  const FormatGuess guess = guess_format(sample, format);
  if (2 * guess.read < sample.size()) return;
  const std::string where = at(table, cells.first_other, place);
  const std::string cell = in_quotes(table.cell(cells.first_other, place));
  const std::string ways = "name the column in data.categorical or data.drop";
  const std::string keys = format_keys(guess, format);
  if (cells.different.size() <= few) {
    look.note = where + fmt::format(
                            "holds {}; the column is read as {} categories although most of its cells are "
                            "numbers (data.categorical says so, data.missing.values leaves a cell out)",
                            cell, cells.different.size());
    return;
  }
  if (guess.read == sample.size() && !keys.empty()) {
    const std::string units = mixed_units(sample, guess.format);
    look.problem = where + (units.empty() ? fmt::format("{} is a number with {}, as are all others; say so, or {}",
                                                        cell, keys, ways)
                                          : fmt::format("holds {}; {}, or {}", cell, units, ways));
    return;
  }
  look.problem =
      where + fmt::format(
                  "holds {}, no finite number, in a column where {} of {} cells are numbers{}; mend {}, add "
                  "what stands for no value to data.missing.values, or {}",
                  cell, guess.format == format ? cells.numbers : static_cast<int64_t>(guess.read),
                  guess.format == format ? cells.held.size() : sample.size(), keys.empty() ? "" : " (" + keys + ")",
                  cells.held.size() - static_cast<size_t>(cells.numbers) == 1 ? "it" : "them", ways);
}

void judge_dates(const CsvTable& table, int64_t place, const Cells& cells, const DateLook& dates, ColumnLook& look) {
  look.kind = ColumnLook::Kind::dates;
  look.order = dates.order;
  if (dates.ambiguous)
    look.problem = at(table, cells.first_other, place) +
                   fmt::format(
                       "{} is a date, and nothing says whether day or month comes first; say data.date_order: "
                       "day_first or month_first, or name the column in data.categorical or data.drop",
                       in_quotes(table.cell(cells.first_other, place)));
}

void judge_categories(const CsvTable& table, int64_t place, const Cells& cells, ColumnLook& look) {
  const size_t different = cells.different.size();
  if (different <= 20 || 2 * different <= cells.held.size()) return;
  look.note = fmt::format(
      "column '{}': {} different texts in {} rows, as {} in {}: each becomes an input of its own that hardly any "
      "other row has; a name or free text says nothing that way (data.drop; data.categorical if it is meant)",
      table.names()[static_cast<size_t>(place)],
      different > looked_at ? "more than " + count_text(looked_at) : count_text(static_cast<int64_t>(different)),
      count_text(static_cast<int64_t>(cells.held.size())), in_quotes(table.cell(cells.first_other, place)),
      table.place(cells.first_other));
}

}  // namespace

ColumnLook look_at_column(const CsvTable& table, std::span<const int64_t> rows, int64_t place,
                          const NumberFormat& format, const std::function<bool(std::string_view)>& missing) {
  const Cells cells = cells_of(table, rows, place, format, missing);
  ColumnLook look;
  if (cells.held.empty() && cells.words == 0) {
    look.problem = fmt::format("column '{}' holds no value in the training rows; name it in data.drop",
                               table.names()[static_cast<size_t>(place)]);
  } else if (cells.first_other < 0) {
    if (cells.numbers > 0) look.kind = ColumnLook::Kind::numbers;
    if (const std::string units = mixed_units(cells.held, format); !units.empty())
      look.problem = fmt::format("column '{}': {}", table.names()[static_cast<size_t>(place)], units);
  } else {
    const std::optional<DateLook> dates = cells.numbers == 0 ? look_at_dates(cells.held) : std::nullopt;
    if (dates)
      judge_dates(table, place, cells, *dates, look);
    else
      judge_mixture(table, place, cells, format, look);
    if (look.kind == ColumnLook::Kind::categories && look.problem.empty() && look.note.empty())
      judge_categories(table, place, cells, look);
  }
  return look;
}

std::string no_number(std::string_view cell, const NumberFormat& format) {
  const FormatGuess guess = guess_format(std::span(&cell, 1), format);
  const std::string keys = guess.read == 1 ? format_keys(guess, format) : "";
  return "expected a finite number, got " + in_quotes(cell) + (keys.empty() ? "" : "; with " + keys + " it is one");
}

}  // namespace dlrun
