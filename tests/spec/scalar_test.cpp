// The YAML 1.2 core schema as a table.

#include "spec/scalar.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace dlrun::scalar_test {

TEST_CASE("plain scalars by the YAML 1.2 core schema") {
  constexpr auto none = std::nullopt;
  struct Case {
    const char* text;
    std::optional<bool> flag;
    std::optional<int64_t> integer;
    std::optional<double> number;
    bool text_too;
  };
  for (const Case& c : {
           Case{"true", true, none, none, false},
           {"FALSE", false, none, none, false},
           {"tRUE", none, none, none, true},
           {"yes", none, none, none, true},
           {"Off", none, none, none, true},
           {"y", none, none, none, true},
           {"", none, none, none, false},
           {"~", none, none, none, false},
           {"NULL", none, none, none, false},
           {"nULL", none, none, none, true},
           {"0", none, 0, 0, false},
           {"-0", none, 0, -0.0, false},
           {"+12", none, 12, 12, false},
           {"-7", none, -7, -7, false},
           {"9223372036854775807", none, INT64_MAX, 9223372036854775807.0, false},
           {"-9223372036854775808", none, INT64_MIN, -9223372036854775808.0, false},
           {"9223372036854775808", none, none, 9223372036854775808.0, false},
           {"0x1F", none, 31, 31, false},
           {"0o17", none, 15, 15, false},
           {"0b11", none, none, none, true},
           {"0x", none, none, none, true},
           {"0xg", none, none, none, true},
           {"0x-1", none, none, none, true},
           {"010", none, none, none, false},
           {"-010", none, none, none, false},
           {"00.5", none, none, none, false},
           {"1_000", none, none, none, true},
           {"1e3", none, 1000, 1e3, false},
           {"4.0", none, 4, 4, false},
           {"1.5", none, none, 1.5, false},
           {"1e-4", none, none, 1e-4, false},
           {"5e-4", none, none, 5e-4, false},
           {"-2.5E+3", none, -2500, -2500, false},
           {".5", none, none, 0.5, false},
           {"5.", none, 5, 5, false},
           {".", none, none, none, true},
           {"e5", none, none, none, true},
           {"1e", none, none, none, true},
           {"1e5.5", none, none, none, true},
           {"+-1", none, none, none, true},
           {"1e999", none, none, none, false},
           {"1e17", none, none, 1e17, false},
           {".inf", none, none, INFINITY, false},
           {"-.INF", none, none, -INFINITY, false},
           {"inf", none, none, none, true},
           {"nan", none, none, none, true},
           {"1.2.3", none, none, none, true},
           {"12:30", none, none, none, true},
       }) {
    INFO("'" << c.text << "'");
    CHECK(parse_bool(c.text) == c.flag);
    CHECK(parse_integer(c.text) == c.integer);
    CHECK(parse_number(c.text) == c.number);
    CHECK(is_text(c.text) == c.text_too);
  }
  CHECK(std::isnan(*parse_number(".NaN")));
}

TEST_CASE("sizes are read as huggingface_hub reads them") {
  CHECK(parse_size("5GB") == 5'000'000'000);
  CHECK(parse_size("500 mb") == 500'000'000);
  CHECK(parse_size("1.5KB") == 1500);
  CHECK(parse_size("2GiB") == uint64_t{2} << 30);
  for (const char* text : {"", "5", "GB", "-1GB", "0GB", "5 PB", "5GBs", "nanGB", "1e30TB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

}  // namespace dlrun::scalar_test
