// Time as text.

#include "base/clock.h"

#include <catch2/catch.hpp>
#include <regex>

namespace dlrun::clock_test {
namespace {

TEST_CASE("times are ISO 8601 in UTC with milliseconds") {
  CHECK(utc_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(951782399.5) == "2000-02-28T23:59:59.500Z");
  CHECK(utc_text(951782400) == "2000-02-29T00:00:00.000Z");
  CHECK(utc_text(-0.001) == "1969-12-31T23:59:59.999Z");
  CHECK(std::regex_match(utc_now(), std::regex(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
}

TEST_CASE("the monotonic clock does not go back") {
  double before = monotonic_seconds();
  for (int i = 0; i < 1000; ++i) {
    double now = monotonic_seconds();
    REQUIRE(now >= before);
    before = now;
  }
}

}  // namespace
}  // namespace dlrun::clock_test
