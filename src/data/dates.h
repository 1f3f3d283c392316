// Dates and times as tables write them, and the numbers that are made of them.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

// In which order a date of three numbers is written where the year is not first: 31.01.2024 or 01/31/2024.
enum class DateOrder { day_first, month_first };

// A moment of the proleptic Gregorian calendar, without time zone where the cell names none; with one it is UTC.
struct Moment {
  int64_t seconds = 0;  // since 1970-01-01 00:00
  double fraction = 0;  // of a second
};

// Reads 2024-01-31, 2024/01/31, 31.01.2024, 01/31/2024, 31 Jan 2024, Jan 31, 2024, each also followed by a time
// (T or space, 12:30, 12:30:59, 12:30:59.25, AM or PM) and a zone (Z, +01:00, UTC). Nothing for other texts and for
// days that do not exist. `order`: of a date whose year is not first.
std::optional<Moment> parse_date(std::string_view cell, DateOrder order);

// The order that every one of the cells allows; the first of both. Nothing where some cell is no date in either.
struct DateLook {
  DateOrder order;
  bool ambiguous;  // both orders read all of them, and not alike
};
std::optional<DateLook> look_at_dates(std::span<const std::string_view> cells);

// What is made of a date: elapsed (days since 1970, with fractions), year, month (1 to 12), day (of the month),
// weekday (0 Monday to 6 Sunday), day_of_year (1 to 366), hour (0 to 23), minute, second.
const std::vector<std::string>& date_parts();
double date_part(const Moment& moment, const std::string& part);

}  // namespace dlrun
