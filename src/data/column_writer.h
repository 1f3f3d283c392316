// Writes the features of one column of a table, row by row.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/table_encoder.h"

namespace dlrun {

using CellIndex = std::unordered_map<std::string_view, int64_t>;
CellIndex index_of(const std::vector<std::string>& names);  // which must outlive it

// A cell as messages show it: 'Private'.
std::string shown(std::string_view cell);

class ColumnWriter {
 public:
  // What is given by reference must outlive it. `place`: of the column in tables.
  ColumnWriter(const TableEncoder::Column& column, int64_t place, const CellIndex& missing, const NumberFormat& format,
               bool unknown_is_error);

  const std::string& name() const { return column_.name; }
  bool missing(const CsvTable& table, int64_t row) const;
  bool drops(const CsvTable& table, int64_t row) const { return column_.missing == "drop_row" && missing(table, row); }

  // `features`: Column::width() zeros. Not for columns of ids.
  void write(const CsvTable& table, int64_t row, float* features);
  // The id of a row's category: 0 for one that no training row has, and for none.
  int64_t id(const CsvTable& table, int64_t row) { return category(table, row) + 1; }

  const CellCount& words() const { return words_; }
  // Says once how many cells hold a category (or an element) that no training row has.
  void tell_unseen(const std::string& file) const;

 private:
  bool is_word(std::string_view cell) const;
  [[noreturn]] void refuse_missing(const CsvTable& table, int64_t row) const;
  void write_number(const CsvTable& table, int64_t row, float* features);
  void write_formula(const CsvTable& table, int64_t row, float* features);
  int64_t category(const CsvTable& table, int64_t row);  // -1: none that training rows have

  const TableEncoder::Column& column_;
  int64_t place_;
  const CellIndex& missing_;
  const NumberFormat& format_;
  bool unknown_is_error_;
  CellIndex categories_;
  CellCount words_, unseen_;
};

}  // namespace dlrun
