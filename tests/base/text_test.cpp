// Text helpers, against values worked out by hand.

#include "base/text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

namespace dlrun::text_test {

TEST_CASE("splitting and joining undo each other") {
  for (const char* text : {"", "a", "a.b", ".", "a..b", ".a", "a."}) CHECK(join(split(text, '.'), ".") == text);
  CHECK(split("", '.') == std::vector<std::string>{""});
  CHECK(join_or({}) == "");
  CHECK(join_or({"a"}) == "a");
  CHECK(join_or({"a", "b"}) == "a or b");
  CHECK(join_or({"a", "b", "c"}) == "a, b or c");
}

TEST_CASE("edit distance counts insertions, deletions, replacements and swaps of neighbours") {
  struct Case {
    const char *a, *b;
    int distance;
  };
  for (const Case& c : {Case{"", "", 0},
                        {"abc", "abc", 0},
                        {"", "abc", 3},
                        {"abc", "ab", 1},
                        {"abc", "abbc", 1},
                        {"abc", "acb", 1},
                        {"abc", "axc", 1},
                        {"kitten", "sitting", 3},
                        {"ca", "abc", 3},
                        {"widht", "widths", 2},
                        {"epohcs", "epochs", 1}}) {
    INFO(c.a << " " << c.b);
    CHECK(edit_distance(c.a, c.b) == c.distance);
    CHECK(edit_distance(c.b, c.a) == c.distance);
  }
}

TEST_CASE("the nearest word is near, or there is none") {
  const std::vector<std::string> words = {"lr", "momentum", "weight_decay", "betas"};
  CHECK(nearest("lrr", words) == "lr");
  CHECK(nearest("l", words) == "lr");
  CHECK(nearest("x", words) == "");
  CHECK(nearest("momentun", words) == "momentum");
  CHECK(nearest("Weight_Decay", words) == "weight_decay");
  CHECK(nearest("weight-decai", words) == "weight_decay");
  CHECK(nearest("gamma", words) == "");
  CHECK(nearest("", words) == "");
}

TEST_CASE("numbers are written as people write them and read back exactly") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(-0.0) == "-0");
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(100) == "100");
  CHECK(number_text(1e-4) == "0.0001");
  CHECK(number_text(3e-5) == "3e-5");
  CHECK(number_text(1.5e-10) == "1.5e-10");
  CHECK(number_text(1e14) == "100000000000000");
  CHECK(number_text(1e20) == "1e20");
  CHECK(number_text(-2.5e100) == "-2.5e100");
  CHECK(number_text(INFINITY) == "inf");
  CHECK(number_text(-INFINITY) == "-inf");
  CHECK(number_text(NAN) == "nan");
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::bit_cast<double>(static_cast<uint64_t>(random()));
    if (std::isfinite(value)) REQUIRE(std::strtod(number_text(value).c_str(), nullptr) == value);
  }
  CHECK(std::strtod(number_text(std::numeric_limits<double>::denorm_min()).c_str(), nullptr) ==
        std::numeric_limits<double>::denorm_min());
}

TEST_CASE("wrapped lines fit the width and lose no word") {
  CHECK(wrap("a bb ccc", 4) == "a bb\nccc");
  CHECK(wrap("a bb ccc", 5, 2) == "a bb\n  ccc");
  CHECK(wrap("abcdefgh ij", 4) == "abcdefgh\nij");
  CHECK(wrap("  a b", 20) == "  a b");
  CHECK(wrap("ää öö", 5) == "ää öö");
  CHECK(wrap("", 5) == "");
}

TEST_CASE("text that is not UTF-8 is found at its first wrong byte") {
  CHECK(invalid_utf8("") == std::string::npos);
  CHECK(invalid_utf8("aä€😀") == std::string::npos);
  CHECK(invalid_utf8("a\xFF") == 1);
  CHECK(invalid_utf8("ab\xC3") == 2);            // cut off
  CHECK(invalid_utf8("\xC0\x80") == 0);          // overlong
  CHECK(invalid_utf8("\xE0\x9F\xBF") == 0);      // overlong
  CHECK(invalid_utf8("\xED\xA0\x80") == 0);      // surrogate
  CHECK(invalid_utf8("\xF4\x90\x80\x80") == 0);  // past U+10FFFF
  CHECK(invalid_utf8("\x80") == 0);
}

}  // namespace dlrun::text_test
