// The values of Arrow's columns as the text of cells.

#include "data/plugins/arrow/cells.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace {

using arrow::Type;

constexpr int64_t exact_whole = int64_t{1} << 53;  // up to which a double holds every whole number

int64_t ticks_per_second(arrow::TimeUnit::type unit) {
  constexpr int64_t ticks[] = {1, 1'000, 1'000'000, 1'000'000'000};
  return ticks[unit];
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

template <class... Values>
void append_formatted(std::string& text, const char* format, Values... values) {
  char buffer[64];
  text.append(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer, format, values...)));
}

template <class Number>
void append_number(std::string& text, Number value) {
  char buffer[40];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

// ".25", and nothing of a whole second.
void append_fraction(std::string& text, int64_t ticks, int64_t per_second) {
  if (ticks == 0) return;
  std::string digits = std::to_string(per_second + ticks);
  digits[0] = '.';
  text += digits.substr(0, digits.find_last_not_of('0') + 1);
}

// Days since 1970.
void append_day(std::string& text, int64_t days) {
  // Howard Hinnant's civil_from_days, whose years have more than the 16 bits of std::chrono's.
  const int64_t shifted = days + 719468;
  const int64_t era = floor_div(shifted, 146097), day_of_era = shifted - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * march + 2) / 5 + 1;
  const int64_t month = march < 10 ? march + 3 : march - 9, year = year_of_era + era * 400 + (month <= 2);
  append_formatted(text, "%04lld-%02lld-%02lld", static_cast<long long>(year), static_cast<long long>(month),
                   static_cast<long long>(day));
}

void append_time(std::string& text, int64_t ticks, int64_t per_second) {
  const int64_t seconds = floor_div(ticks, per_second);
  append_formatted(text, "%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                   static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  append_fraction(text, ticks - seconds * per_second, per_second);
}

// `zone`: whether moments have one; Arrow stores them in UTC then.
void append_moment(std::string& text, int64_t ticks, int64_t per_second, bool zone) {
  const int64_t days = floor_div(floor_div(ticks, per_second), 86400);
  const int64_t of_day = ticks - days * 86400 * per_second;
  append_day(text, days);
  if (of_day == 0 && !zone) return;
  text += ' ';
  append_time(text, of_day, per_second);
  if (zone) text += "+00:00";
}

// Calls `append` for every value that is one, and ends its text.
template <class Append>
void append_each(const arrow::Array& array, CellTexts& cells, Append append) {
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsValid(i)) append(i);
    cells.ends.push_back(cells.text.size());
  }
}

template <class Column>
int64_t append_whole(const arrow::Array& array, CellTexts& cells) {
  const auto& column = static_cast<const Column&>(array);
  int64_t large = 0;
  append_each(array, cells, [&](int64_t i) {
    const auto value = column.Value(i);
    if constexpr (sizeof value == 8) {
      if (std::cmp_greater(value, exact_whole) || std::cmp_less(value, -exact_whole)) ++large;
    }
    append_number(cells.text, value);
  });
  return large;
}

template <class Real>
void append_real(Real value, std::string& text) {
  if (!std::isnan(value)) append_number(text, value);
}

template <class Column>
void append_reals(const arrow::Array& array, CellTexts& cells) {
  const auto& column = static_cast<const Column&>(array);
  append_each(array, cells, [&](int64_t i) { append_real(column.Value(i), cells.text); });
}

template <class Column>
void append_texts(const arrow::Array& array, CellTexts& cells) {
  const auto& column = static_cast<const Column&>(array);
  append_each(array, cells, [&](int64_t i) { cells.text += column.GetView(i); });
}

template <class Column>
void append_decimals(const arrow::Array& array, CellTexts& cells) {
  const auto& column = static_cast<const Column&>(array);
  append_each(array, cells, [&](int64_t i) { cells.text += column.FormatValue(i); });
}

template <class Column>
void append_times(const arrow::Array& array, CellTexts& cells) {
  const auto& column = static_cast<const Column&>(array);
  const int64_t per_second = ticks_per_second(static_cast<const arrow::TimeType&>(*array.type()).unit());
  append_each(array, cells, [&](int64_t i) { append_time(cells.text, column.Value(i), per_second); });
}

void append_durations(const arrow::Array& array, CellTexts& cells) {
  const auto& column = static_cast<const arrow::DurationArray&>(array);
  const int64_t per_second = ticks_per_second(static_cast<const arrow::DurationType&>(*array.type()).unit());
  append_each(array, cells, [&](int64_t i) {
    const int64_t ticks = column.Value(i);
    if (ticks < 0) cells.text += '-';
    append_number(cells.text, std::abs(ticks / per_second));
    append_fraction(cells.text, std::abs(ticks % per_second), per_second);
  });
}

}  // namespace

bool has_text(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DICTIONARY:
      return has_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case Type::EXTENSION:
      return has_text(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    case Type::NA:
    case Type::BOOL:
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
    case Type::DURATION:
    case Type::TIMESTAMP:
      return true;
    default:
      return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) || arrow::is_decimal(type.id()) ||
             arrow::is_date(type.id()) || arrow::is_time(type.id());
  }
}

void ColumnText::append(const arrow::Array& array, CellTexts& cells) {
  switch (array.type_id()) {
    case Type::EXTENSION:
      return append(*static_cast<const arrow::ExtensionArray&>(array).storage(), cells);
    case Type::DICTIONARY:
      return append_words(array, cells);
    case Type::BOOL: {
      const auto& column = static_cast<const arrow::BooleanArray&>(array);
      return append_each(array, cells, [&](int64_t i) { cells.text += column.Value(i) ? "true" : "false"; });
    }
    case Type::INT8:
      large += append_whole<arrow::Int8Array>(array, cells);
      return;
    case Type::INT16:
      large += append_whole<arrow::Int16Array>(array, cells);
      return;
    case Type::INT32:
      large += append_whole<arrow::Int32Array>(array, cells);
      return;
    case Type::INT64:
      large += append_whole<arrow::Int64Array>(array, cells);
      return;
    case Type::UINT8:
      large += append_whole<arrow::UInt8Array>(array, cells);
      return;
    case Type::UINT16:
      large += append_whole<arrow::UInt16Array>(array, cells);
      return;
    case Type::UINT32:
      large += append_whole<arrow::UInt32Array>(array, cells);
      return;
    case Type::UINT64:
      large += append_whole<arrow::UInt64Array>(array, cells);
      return;
    case Type::FLOAT:
      return append_reals<arrow::FloatArray>(array, cells);
    case Type::DOUBLE:
      return append_reals<arrow::DoubleArray>(array, cells);
    case Type::HALF_FLOAT: {
      const auto& column = static_cast<const arrow::HalfFloatArray&>(array);
      return append_each(array, cells, [&](int64_t i) {
        append_real(arrow::util::Float16::FromBits(column.Value(i)).ToFloat(), cells.text);
      });
    }
    case Type::DECIMAL32:
      return append_decimals<arrow::Decimal32Array>(array, cells);
    case Type::DECIMAL64:
      return append_decimals<arrow::Decimal64Array>(array, cells);
    case Type::DECIMAL128:
      return append_decimals<arrow::Decimal128Array>(array, cells);
    case Type::DECIMAL256:
      return append_decimals<arrow::Decimal256Array>(array, cells);
    case Type::STRING:
      return append_texts<arrow::StringArray>(array, cells);
    case Type::LARGE_STRING:
      return append_texts<arrow::LargeStringArray>(array, cells);
    case Type::STRING_VIEW:
      return append_texts<arrow::StringViewArray>(array, cells);
    case Type::DATE32: {
      const auto& column = static_cast<const arrow::Date32Array&>(array);
      return append_each(array, cells, [&](int64_t i) { append_day(cells.text, column.Value(i)); });
    }
    case Type::DATE64: {
      const auto& column = static_cast<const arrow::Date64Array&>(array);
      return append_each(array, cells, [&](int64_t i) { append_moment(cells.text, column.Value(i), 1000, false); });
    }
    case Type::TIMESTAMP: {
      const auto& column = static_cast<const arrow::TimestampArray&>(array);
      const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
      return append_each(array, cells, [&](int64_t i) {
        append_moment(cells.text, column.Value(i), ticks_per_second(type.unit()), !type.timezone().empty());
      });
    }
    case Type::TIME32:
      return append_times<arrow::Time32Array>(array, cells);
    case Type::TIME64:
      return append_times<arrow::Time64Array>(array, cells);
    case Type::DURATION:
      return append_durations(array, cells);
    default:  // no value at all
      return append_each(array, cells, [](int64_t) {});
  }
}

void ColumnText::append_words(const arrow::Array& array, CellTexts& cells) {
  const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
  if (dictionary_ != array.data()->dictionary) {
    dictionary_ = array.data()->dictionary;
    CellTexts texts;
    append(*coded.dictionary(), texts);
    words_.clear();
    uint64_t begin = 0;
    for (const uint64_t end : texts.ends) {
      words_.push_back(texts.text.substr(begin, end - begin));
      begin = end;
    }
  }
  append_each(array, cells, [&](int64_t i) { cells.text += words_[static_cast<size_t>(coded.GetValueIndex(i))]; });
}
