// Numbers as tables write them: every format, what is none, and what format a column seems to have.

#include "data/numbers.h"

#include <catch2/catch.hpp>

namespace dlrun::numbers_test {
namespace {

using Format = NumberFormat;

struct Case {
  const char* cell;
  Format format;
  double value;
};

}  // namespace

TEST_CASE("numbers are read in the format that is said") {
  const std::vector<Case> cases = {
      {"20.5", {}, 20.5},
      {"+7", {}, 7},
      {"-.5", {}, -0.5},
      {"5.", {}, 5},
      {"1.5E+01", {}, 15},
      {"1.5D+01", {}, 15},
      {"2d-1", {}, 0.2},
      {"\xE2\x88\x92"
       "3.25",
       {},
       -3.25},
      {"1.5e-330", {}, 0},
      {"-1e-400", {}, 0},
      {"4e-320", {}, 4e-320},
      {"20,5", {"comma", "none", {}}, 20.5},
      {"1.234.567,25", {"comma", "point", {}}, 1234567.25},
      {"1,234,567.25", {"point", "comma", {}}, 1234567.25},
      {"12,34,567", {"point", "comma", {}}, 1234567},
      {"1 234 567", {"point", "space", {}}, 1234567},
      {"1\xC2\xA0"
       "234,5",
       {"comma", "space", {}},
       1234.5},
      {"1\xE2\x80\xAF"
       "234",
       {"point", "space", {}},
       1234},
      {"1'234.5", {"point", "apostrophe", {}}, 1234.5},
      {"10_000", {"point", "underscore", {}}, 10000},
      {"45 %", {"point", "none", {"%"}}, 45},
      {"$1,200", {"point", "comma", {"$"}}, 1200},
      {"-$5", {"point", "none", {"$"}}, -5},
      {"$-5", {"point", "none", {"$"}}, -5},
      {"1.299,00 \xE2\x82\xAC", {"comma", "point", {"\xE2\x82\xAC"}}, 1299},
      {"7kg", {"point", "none", {"kg", "g"}}, 7},
      {"EUR 9", {"point", "none", {"EUR"}}, 9},
      {"(1,234.50)", {"point", "comma", {}, "parentheses"}, -1234.5},
      {"-7", {"point", "none", {}, "parentheses"}, -7},
      {"($5)", {"point", "none", {"$"}, "parentheses"}, -5},
      {"$ (5)", {"point", "none", {"$"}, "parentheses"}, -5},
      {"1234.50-", {"point", "none", {}, "trailing"}, -1234.5},
      {"12,5 kg-", {"comma", "none", {"kg"}, "trailing"}, -12.5},
  };
  for (const Case& c : cases) {
    INFO(c.cell);
    const std::optional<double> number = parse_number(c.cell, c.format);
    REQUIRE(number);
    CHECK(*number == c.value);
  }
}

TEST_CASE("what is no number of the format is none") {
  const std::vector<std::pair<const char*, Format>> cases = {
      {"", {}},
      {"-", {}},
      {".", {}},
      {"e5", {}},
      {"1e", {}},
      {"1e999", {}},
      {"inf", {}},
      {"nan", {}},
      {"0x10", {}},
      {"1,5", {}},
      {"12abc", {}},
      {"--1", {}},
      {"1 2", {}},
      {"+-1", {}},
      {"1.2.3", {}},
      {"20.5", {"comma", "none", {}}},
      {"1,23", {"point", "comma", {}}},
      {"1234,567", {"point", "comma", {}}},
      {",123", {"point", "comma", {}}},
      {"1,,234", {"point", "comma", {}}},
      {"1,234,", {"point", "comma", {}}},
      {"%", {"point", "none", {"%"}}},
      {"5 % %", {"point", "none", {"%"}}},
      {"-$-5", {"point", "none", {"$"}}},
      {"(5)", {}},
      {"5-", {}},
      {"(-5)", {"point", "none", {}, "parentheses"}},
      {"-(5)", {"point", "none", {}, "parentheses"}},
      {"((5))", {"point", "none", {}, "parentheses"}},
      {"-5-", {"point", "none", {}, "trailing"}},
      {"()", {"point", "none", {}, "parentheses"}},
      {"1,234e3", {"point", "comma", {}}},
  };
  for (const auto& [cell, format] : cases) {
    INFO(cell);
    CHECK(!parse_number(cell, format));
  }
}

TEST_CASE("the format of a column is found, and what stands in its way is named") {
  const auto keys = [](std::vector<std::string_view> cells) {
    const FormatGuess guess = guess_format(cells, {});
    return std::to_string(guess.read) + ": " + format_keys(guess, {});
  };
  CHECK(keys({"1", "2.5"}) == "2: ");
  CHECK(keys({"20,5", "3"}) == "2: data.decimal: comma");
  CHECK(keys({"1.234,5", "17", "2.000.000"}) == "3: data.decimal: comma, data.thousands: point");
  CHECK(keys({"1,234,567", "17"}) == "2: data.thousands: comma");
  CHECK(keys({"1,234", "5,678"}) == "2: data.thousands: comma (or data.decimal: comma)");
  CHECK(keys({"1 234", "17"}) == "2: data.thousands: space");
  CHECK(keys({"45%", "7 %"}) == "2: data.affixes: [\"%\"]");
  CHECK(keys({"$1,200.50", "$7"}) == "2: data.thousands: comma, data.affixes: [\"$\"]");
  CHECK(keys({"12 kg", "7 kg", "?"}) == "2: data.affixes: [\"kg\"]");
  CHECK(keys({"A12", "B7"}) == "0: ");
  CHECK(keys({"(3,656.36)", "12.50"}) == "2: data.thousands: comma, data.negative: parentheses");
  CHECK(keys({"($5)", "$7.25"}) == "2: data.negative: parentheses, data.affixes: [\"$\"]");
  CHECK(keys({"12.5-", "3"}) == "2: data.negative: trailing");
  CHECK(keys({"-2,957E+03", "1,200E+01"}) == "2: data.decimal: comma");
  CHECK(keys({"1.2.3", "red"}) == "0: ");
}

TEST_CASE("words for no number are known in any case, and numbers and names are none of them") {
  for (const char* word : {"None", "n/a", "#N/A", "NAN", "-nan", "inf", ".", "-", "--", " NULL ", "#DIV/0!", "1.#IND"})
    CHECK(stands_for_no_number(word));
  for (const char* other : {"0", "-1", "red", "nancy", "Infiniti", "no", "...."}) CHECK(!stands_for_no_number(other));
}

}  // namespace dlrun::numbers_test
