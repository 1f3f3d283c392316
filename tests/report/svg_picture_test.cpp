// Pictures by librsvg: their size, their colours, and what it cannot draw.

#include "report/svg_picture.h"

#include <catch2/catch.hpp>

#include "base/error.h"

#include "support.h"

namespace dlrun::svg_picture_test {
namespace {

int64_t big_endian(const std::string& bytes, size_t at) {
  int64_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes.at(at + i));
  return value;
}

std::string square(const std::string& colour) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"30\" height=\"20\"><rect width=\"30\" height=\"20\" "
         "fill=\"" +
         colour + "\"/></svg>";
}

TEST_CASE("a picture has its own size times the scale, and what is drawn in it") {
  if (!png_problem().empty()) return test::skip(png_problem());
  const std::string png = png_of_svg(square("#ff0000"), 2.0);
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(big_endian(png, 16) == 60);
  CHECK(big_endian(png, 20) == 40);
  CHECK(png.substr(png.size() - 8, 4) == "IEND");
  CHECK(png == png_of_svg(square("red"), 2.0));
  CHECK(png != png_of_svg(square("blue"), 2.0));
  const std::string odd = png_of_svg(square("red"), 0.77);  // 23.1 by 15.4: whole pixels, none cut
  CHECK(big_endian(odd, 16) == 24);
  CHECK(big_endian(odd, 20) == 16);
}

TEST_CASE("what is no picture is refused") {
  if (!png_problem().empty()) return test::skip(png_problem());
  for (const char* text : {"", "no SVG", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\" height=\"20\"/>"}) {
    INFO(text);
    try {
      png_of_svg(text, 1.0);
      FAIL("was drawn");
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_data);
    }
  }
}

}  // namespace
}  // namespace dlrun::svg_picture_test
