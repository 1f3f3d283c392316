// Numbers as tables write them: with a decimal comma, groups of thousands, units, and words that stand for none.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

inline bool digit(char c) { return c >= '0' && c <= '9'; }

struct NumberFormat {
  std::string decimal = "point";     // point, comma
  std::string thousands = "none";    // none, comma, point, space (also no-break and thin ones), apostrophe, underscore
  std::vector<std::string> affixes;  // cut off before or after a number: "%", "$", "kg"
  std::string negative = "sign";     // sign, parentheses (an accountant's (1,234.50)), trailing (SAP's 1234.50-)

  bool operator==(const NumberFormat&) const = default;
};

// The finite number a cell holds in decimal notation; nothing when it holds something else. Also read: a sign of
// Unicode (U+2212), the exponent letter of Fortran (1.5D+01), and numbers too small for a double, which are 0 or the
// nearest there is. Groups of thousands must be of three digits, or as in India, and
// stand in no number with an exponent.
std::optional<double> parse_number(std::string_view cell, const NumberFormat& format);
// The same, written with a decimal point and nothing else.
std::optional<double> parse_cell(std::string_view cell);

// Which of the `affixes` a number carries; empty for none of them.
std::string_view affix_of(std::string_view cell, const NumberFormat& format);

// How cells that `format` cannot read could be read: the format that reads most of them, and how many that are. Tried
// are the other decimal sign, every mark of thousands, and the text before or after the first few numbers.
struct FormatGuess {
  NumberFormat format;
  size_t read = 0;
  std::optional<NumberFormat> other;  // reads as many and is as near, but gives other numbers: 1,234
};
FormatGuess guess_format(std::span<const std::string_view> cells, const NumberFormat& format);
// The keys in which `wanted` differs: "data.decimal: comma, data.thousands: point".
std::string format_keys(const NumberFormat& wanted, const NumberFormat& format);
std::string format_keys(const FormatGuess& guess, const NumberFormat& format);

// Whether a cell holds what other programs write for "no number": None, n/a, #N/A, -nan, inf, ., -, #DIV/0! and such,
// in any case.
bool stands_for_no_number(std::string_view cell);

}  // namespace dlrun
