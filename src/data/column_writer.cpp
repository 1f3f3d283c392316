// Writes the features of one column of a table.

#include "data/column_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "data/column_look.h"
#include "data/formula.h"

namespace dlrun {

CellIndex index_of(const std::vector<std::string>& names) {
  CellIndex index;
  for (size_t i = 0; i < names.size(); ++i) index.emplace(names[i], static_cast<int64_t>(i));
  return index;
}

std::string shown(std::string_view cell) {
  std::string quoted = "'";
  quoted.append(cell.substr(0, 80));
  quoted.push_back('\'');
  return quoted;
}

ColumnWriter::ColumnWriter(const TableEncoder::Column& column, int64_t place, const CellIndex& missing,
                           const NumberFormat& format, bool unknown_is_error)
    : column_(column),
      place_(place),
      missing_(missing),
      format_(format),
      unknown_is_error_(unknown_is_error),
      categories_(index_of(column.categories)) {}

bool ColumnWriter::missing(const CsvTable& table, int64_t row) const {
  const std::string_view cell = table.cell(row, place_);
  return missing_.contains(cell) || is_word(cell);
}

void ColumnWriter::write(const CsvTable& table, int64_t row, float* features) {
  if (column_.formula) return write_formula(table, row, features);
  if (column_.categories.empty()) return write_number(table, row, features);
  if (const int64_t found = category(table, row); found >= 0) features[found] = 1.0f;
}

void ColumnWriter::tell_unseen(const std::string& file) const {
  if (unseen_.cells == 0) return;
  const std::string cells = unseen_.cells == 1 ? "one cell" : fmt::format("{} cells", unseen_.cells);
  const std::string of = column_.formula ? "with an element" : "of a category";
  const std::string then = column_.formula ? "the network has learned nothing about it"
                           : column_.index ? "all of them have the id 0"
                                           : "no feature is set there";
  log_warning(
      fmt::format("{}: column '{}': {} {} that no training row has, {} the first of them; {} "
                  "(data.unknown_category)",
                  file, column_.name, cells, of, unseen_.first, then));
}

bool ColumnWriter::is_word(std::string_view cell) const {
  return column_.words && stands_for_no_number(cell) && !column_.number(cell, format_);
}

void ColumnWriter::refuse_missing(const CsvTable& table, int64_t row) const {
  bad_cell(table, row, column_.name,
           column_.formula ? no_formula : "holds no value, and missing values are errors (data.missing)");
}

void ColumnWriter::write_number(const CsvTable& table, int64_t row, float* features) {
  const std::string_view cell = table.cell(row, place_);
  const bool known_missing = missing_.contains(cell);
  const std::optional<double> number = known_missing ? std::nullopt : column_.number(cell, format_);
  if (!number && !known_missing) {
    if (!is_word(cell))
      bad_cell(table, row, column_.name,
               column_.date_part.empty() ? no_number(cell, format_) : "expected a date, got " + shown(cell));
    if (++words_.cells == 1) words_.first = shown(cell);
  }
  if (!number && column_.missing == "error") refuse_missing(table, row);
  features[0] = static_cast<float>((number.value_or(column_.fill) - column_.offset) / column_.scale);
  if (column_.indicator) features[1] = number ? 0.0f : 1.0f;
}

void ColumnWriter::write_formula(const CsvTable& table, int64_t row, float* features) {
  if (missing(table, row)) refuse_missing(table, row);
  const std::string_view cell = table.cell(row, place_);
  const FormulaReading reading = read_formula(cell);
  if (!reading.problem.empty()) bad_cell(table, row, column_.name, shown(cell) + " " + reading.problem);
  double sum = 0.0;
  bool seen = true;
  for (const auto& [element, amount] : reading.amounts) {
    sum += amount;
    const bool known = std::binary_search(column_.elements.begin(), column_.elements.end(), element);
    if (!known && unknown_is_error_)
      bad_cell(table, row, column_.name,
               fmt::format("{} holds {}, which occurs in no training row (data.unknown_category)", shown(cell),
                           element_symbol(element)));
    seen = seen && known;
  }
  if (!seen && ++unseen_.cells == 1) unseen_.first = shown(cell);
  for (const auto& [element, amount] : reading.amounts) features[element - 1] = static_cast<float>(amount / sum);
}

int64_t ColumnWriter::category(const CsvTable& table, int64_t row) {
  if (missing(table, row)) {
    if (column_.missing == "error") refuse_missing(table, row);
    return column_.missing_category;
  }
  const std::string_view cell = table.cell(row, place_);
  const auto found = categories_.find(cell);
  if (found != categories_.end()) return found->second;
  if (unknown_is_error_)
    bad_cell(table, row, column_.name, shown(cell) + " does not occur in the training rows (data.unknown_category)");
  if (++unseen_.cells == 1) unseen_.first = shown(cell);
  return -1;
}

}  // namespace dlrun
