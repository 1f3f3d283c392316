// Dates and times as tables write them; the numbers are those of Python's datetime.

#include "data/dates.h"

#include <catch2/catch.hpp>

namespace dlrun::dates_test {
namespace {

constexpr DateOrder day_first = DateOrder::day_first, month_first = DateOrder::month_first;

double seconds(const char* cell, DateOrder order = DateOrder::day_first) {
  INFO(cell);
  const std::optional<Moment> moment = parse_date(cell, order);
  REQUIRE(moment);
  return static_cast<double>(moment->seconds) + moment->fraction;
}

}  // namespace

TEST_CASE("dates are read in the ways that tables write them") {
  for (const char* cell : {"2024-02-29", "2024/02/29", "29.02.2024", "29/02/2024", "29 Feb 2024", "29-Feb-2024",
                           "Feb 29, 2024", "February 29 2024", "2024-02-29T00:00", "2024-02-29 00:00:00Z"})
    CHECK(seconds(cell) == 1709164800.0);
  CHECK(seconds("02/29/2024", month_first) == 1709164800.0);
  CHECK(seconds("2024-02-29T12:30:15.25+01:00") == 1709206215.25);
  CHECK(seconds("2024-02-29 11:30:15.25 UTC") == 1709206215.25);
  CHECK(seconds("29.2.2024 12:30:15+0100") == 1709206215.0);
  CHECK(seconds("02/29/2024 11:30:15 AM", month_first) == 1709206215.0);
  CHECK(seconds("2024-02-29 12:00 am") == 1709164800.0);
  CHECK(seconds("1969-12-31 23:59:59") == -1.0);
  CHECK(seconds("0001-01-01") == -62135596800.0);
}

TEST_CASE("what is no date is none") {
  for (const char* cell : {"2023-02-29", "2024-13-01", "31.04.2024", "2024-01-32", "24:00:00", "2024-01-01 24:00",
                           "2024-01-01 12:60", "2024-1-1x", "12345678", "1.2.3", "2024-01", "31 Foo 2024", "2024-01/02",
                           "192.168.1.100", "2024-01-01 12:30 PST", ""})
    CHECK(!parse_date(cell, day_first));
}

TEST_CASE("the order of day and month is found where the cells say it") {
  const auto order = [](std::vector<std::string_view> cells) { return look_at_dates(cells); };
  CHECK(order({"2024-01-02", "2024-03-04"})->ambiguous == false);
  CHECK(order({"01/02/2024", "13/02/2024"})->order == day_first);
  CHECK(order({"01/02/2024", "02/13/2024"})->order == month_first);
  CHECK(order({"01/02/2024", "03/04/2024"})->ambiguous);
  CHECK(!order({"01/01/2024", "05/05/2024"})->ambiguous);  // both orders say the same
  CHECK(!order({"13/02/2024", "02/13/2024"}));
  CHECK(!order({"01/02/2024", "soon"}));
}

TEST_CASE("parts of a date are those of the calendar") {
  const Moment moment = *parse_date("2024-02-29T12:30:15.25", day_first);
  const std::vector<double> expected = {19782.0 + 45015.25 / 86400, 2024, 2, 29, 3, 60, 12, 30, 15.25};
  REQUIRE(date_parts().size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(date_parts()[i]);
    CHECK(date_part(moment, date_parts()[i]) == Approx(expected[i]).epsilon(1e-15));
  }
  const Moment before = *parse_date("1969-12-31 23:59:59", day_first);
  CHECK(date_part(before, "weekday") == 2);
  CHECK(date_part(before, "day_of_year") == 365);
  CHECK(date_part(before, "hour") == 23);
}

}  // namespace dlrun::dates_test
