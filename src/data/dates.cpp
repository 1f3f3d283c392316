// Dates and times as tables write them.

#include "data/dates.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "data/numbers.h"

namespace dlrun {
namespace {

using std::chrono::day, std::chrono::month, std::chrono::year, std::chrono::year_month_day;

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Walks one cell from the front.
struct DateReader {
  std::string_view left;

  bool take(char c) {
    if (!left.starts_with(c)) return false;
    left.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  // A number of `least` to `most` digits, -1 where there is none.
  int64_t number(size_t least, size_t most) {
    size_t size = 0;
    while (size < left.size() && digit(left[size])) ++size;
    if (size < least || size > most) return -1;
    int64_t value = 0;
    for (const char c : left.substr(0, size)) value = 10 * value + (c - '0');
    left.remove_prefix(size);
    return value;
  }
  std::string word() {
    size_t size = 0;
    while (size < left.size() && letter(left[size])) ++size;
    const std::string found = lower(left.substr(0, size));
    left.remove_prefix(size);
    return found;
  }
};

int64_t month_of(const std::string& word) {
  static constexpr std::array names = {"january", "february", "march",     "april",   "may",      "june",
                                       "july",    "august",   "september", "october", "november", "december"};
  if (word.size() < 3) return -1;
  for (size_t i = 0; i < names.size(); ++i)
    if (std::string_view(names[i]).starts_with(word) || (i == 8 && word == "sept")) return static_cast<int64_t>(i) + 1;
  return -1;
}

struct Day {
  int64_t year = -1, month = -1, day = -1;
};

// The same mark twice between three numbers, or a month by name.
bool read_day(DateReader& reader, DateOrder order, Day& found) {
  if (!reader.left.empty() && letter(reader.left[0])) {  // Jan 31, 2024
    found.month = month_of(reader.word());
    reader.take('.');
    reader.skip_spaces();
    found.day = reader.number(1, 2);
    reader.take(',');
    reader.skip_spaces();
    found.year = reader.number(4, 4);
    return true;
  }
  size_t digits = 0;
  while (digits < reader.left.size() && digit(reader.left[digits])) ++digits;
  if (digits != 4 && digits != 1 && digits != 2) return false;
  const int64_t first = reader.number(1, 4);
  if (reader.left.empty()) return false;
  const char mark = reader.left[0];
  if (std::string_view("-/. ").find(mark) == std::string_view::npos) return false;
  reader.take(mark);
  if (digits != 4 && !reader.left.empty() && letter(reader.left[0])) {  // 31 Jan 2024, 31-Jan-2024
    found.day = first;
    found.month = month_of(reader.word());
    if (!reader.take(mark)) return false;
    found.year = reader.number(4, 4);
    return true;
  }
  const int64_t second = reader.number(1, 2);
  if (mark == ' ' || !reader.take(mark)) return false;
  const int64_t third = digits == 4 ? reader.number(1, 2) : reader.number(4, 4);
  if (digits == 4)
    found = {first, second, third};
  else if (order == DateOrder::day_first)
    found = {third, second, first};
  else
    found = {third, first, second};
  return true;
}

// Seconds of the day; -1 where the text is no time.
bool read_time(DateReader& reader, Moment& moment) {
  int64_t hour = reader.number(1, 2), second = 0;
  if (!reader.take(':')) return false;
  const int64_t minute = reader.number(2, 2);
  if (reader.take(':')) {
    second = reader.number(2, 2);
    if (reader.take('.') || reader.take(',')) {
      double unit = 0.1;
      if (reader.left.empty() || !digit(reader.left[0])) return false;
      for (; !reader.left.empty() && digit(reader.left[0]); reader.left.remove_prefix(1), unit /= 10)
        moment.fraction += unit * (reader.left[0] - '0');
    }
  }
  reader.skip_spaces();
  DateReader ahead = reader;
  const std::string half = ahead.word();
  if (half == "am" || half == "pm") {
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (half == "pm" ? 12 : 0);
    reader = ahead;
    reader.skip_spaces();
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  moment.seconds += 3600 * hour + 60 * minute + second;
  return true;
}

bool read_zone(DateReader& reader, Moment& moment) {
  if (reader.left.empty()) return true;
  if (letter(reader.left[0])) {
    const std::string zone = reader.word();
    return zone == "z" || zone == "utc" || zone == "gmt";
  }
  const int64_t sign = reader.take('+') ? 1 : reader.take('-') ? -1 : 0;
  const int64_t hours = reader.number(2, reader.left.find(':') == std::string_view::npos ? 4 : 2);
  if (sign == 0 || hours < 0) return false;
  const bool joined = hours >= 100;  // +0130
  const int64_t minutes = reader.take(':') ? reader.number(2, 2) : joined ? hours % 100 : 0;
  if (minutes < 0 || minutes > 59) return false;
  moment.seconds -= sign * (3600 * (joined ? hours / 100 : hours) + 60 * minutes);
  return true;
}

}  // namespace

std::optional<Moment> parse_date(std::string_view cell, DateOrder order) {
  if (cell.size() < 8 || cell.size() > 40) return std::nullopt;
  DateReader reader{cell};
  Day found;
  if (!read_day(reader, order, found) || found.month < 1 || found.day < 1) return std::nullopt;
  const year_month_day date{year(static_cast<int>(found.year)), month(static_cast<unsigned>(found.month)),
                            day(static_cast<unsigned>(found.day))};
  if (found.year < 0 || !date.ok()) return std::nullopt;
  Moment moment{86400 * int64_t{std::chrono::sys_days(date).time_since_epoch().count()}};
  if (reader.take('T') || reader.take(' ')) {
    reader.skip_spaces();
    if (!read_time(reader, moment) || !read_zone(reader, moment)) return std::nullopt;
  }
  if (!reader.left.empty()) return std::nullopt;
  return moment;
}

std::optional<DateLook> look_at_dates(std::span<const std::string_view> cells) {
  bool day_first = true, month_first = true, alike = true;
  for (std::string_view cell : cells) {
    const std::optional<Moment> a = parse_date(cell, DateOrder::day_first),
                                b = parse_date(cell, DateOrder::month_first);
    day_first = day_first && a;
    month_first = month_first && b;
    if (!day_first && !month_first) return std::nullopt;
    alike = alike && a && b && a->seconds == b->seconds;
  }
  return DateLook{day_first ? DateOrder::day_first : DateOrder::month_first, day_first && month_first && !alike};
}

const std::vector<std::string>& date_parts() {
  static const std::vector<std::string> parts = {"elapsed",     "year", "month",  "day",   "weekday",
                                                 "day_of_year", "hour", "minute", "second"};
  return parts;
}

double date_part(const Moment& moment, const std::string& part) {
  const int64_t days = (moment.seconds >= 0 ? moment.seconds : moment.seconds - 86399) / 86400;
  const int64_t second = moment.seconds - 86400 * days;
  if (part == "elapsed") return static_cast<double>(days) + (static_cast<double>(second) + moment.fraction) / 86400.0;
  if (part == "hour") return static_cast<double>(second / 3600);
  if (part == "minute") return static_cast<double>(second / 60 % 60);
  if (part == "second") return static_cast<double>(second % 60) + moment.fraction;
  const std::chrono::sys_days date{std::chrono::days(days)};
  const year_month_day calendar(date);
  if (part == "year") return static_cast<int>(calendar.year());
  if (part == "month") return static_cast<unsigned>(calendar.month());
  if (part == "day") return static_cast<unsigned>(calendar.day());
  if (part == "weekday") return static_cast<double>((std::chrono::weekday(date).iso_encoding() + 6) % 7);
  const std::chrono::sys_days start = year_month_day{calendar.year(), month(1), day(1)};
  return static_cast<double>((date - start).count() + 1);  // day_of_year
}

}  // namespace dlrun
