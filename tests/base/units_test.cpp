// Quantities as people read them: tables of examples.

#include "base/units.h"

#include <catch2/catch.hpp>
#include <limits>

namespace dlrun::units_test {
namespace {

TEST_CASE("bytes") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1024) == "1.0 KiB");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(10 << 10) == "10 KiB");
  CHECK(bytes_text((1 << 20) - 1) == "1.0 MiB");
  CHECK(bytes_text(uint64_t{23} << 20) == "23 MiB");
  CHECK(bytes_text(std::numeric_limits<uint64_t>::max()) == "16 EiB");
}

TEST_CASE("durations") {
  CHECK(duration_text(0.4211) == "0.42 s");
  CHECK(duration_text(9.994) == "9.99 s");
  CHECK(duration_text(9.996) == "10 s");
  CHECK(duration_text(59.6) == "1 min 00 s");
  CHECK(duration_text(200) == "3 min 20 s");
  CHECK(duration_text(3599.7) == "1 h 00 min");
  CHECK(duration_text(18120) == "5 h 02 min");
  CHECK(duration_text(86399) == "1 d 00 h");
  CHECK(duration_text(183600) == "2 d 03 h");
  CHECK(duration_text(-3) == "-3.00 s");
  CHECK(duration_text(std::numeric_limits<double>::infinity()) == "?");
}

TEST_CASE("counts and quantities") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1000) == "1,000");
  CHECK(count_text(-1234567) == "-1,234,567");
  CHECK(count_text(-100) == "-100");
  CHECK(quantity_text(0) == "0.00");
  CHECK(quantity_text(0.1234) == "0.123");
  CHECK(quantity_text(1.234) == "1.23");
  CHECK(quantity_text(12.34) == "12.3");
  CHECK(quantity_text(999.4) == "999");
  CHECK(quantity_text(999.6) == "1.00k");
  CHECK(quantity_text(4561) == "4.56k");
  CHECK(quantity_text(-7.891e6) == "-7.89M");
  CHECK(rate_text(4561, "samples") == "4.56k samples/s");
}

}  // namespace
}  // namespace dlrun::units_test
