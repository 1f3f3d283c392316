// The values of Arrow's columns as the text of cells.

#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// Whether values of this type have a text: numbers, decimals, texts, truth values, dates, times, dictionaries of such,
// and what has no value at all.
bool has_text(const arrow::DataType& type);

// The texts of one column after the other.
struct CellTexts {
  std::string text;
  std::vector<uint64_t> ends;
};

// One column of a file.
class ColumnText {
 public:
  int64_t large = 0;  // whole numbers beyond 2^53, of all that was appended

  // Numbers with the fewest digits that give them back, as CSV has them; truth values true and false; dates as
  // 2024-01-31, times of day as 13:45:01.25, moments as both, with +00:00 where they have a zone, and without a time at
  // midnight; durations in seconds; decimals with all their digits. Null and NaN are nothing.
  void append(const arrow::Array& array, CellTexts& cells);

 private:
  void append_words(const arrow::Array& array, CellTexts& cells);

  std::shared_ptr<arrow::ArrayData> dictionary_;  // whose values words_ are
  std::vector<std::string> words_;
};
