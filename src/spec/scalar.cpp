// The YAML 1.2 core schema.

#include "spec/scalar.h"

#include <charconv>
#include <cmath>

#include "base/text.h"

namespace dlrun {
namespace {

bool all_digits(std::string_view text) {
  for (const char c : text)
    if (c < '0' || c > '9') return false;
  return !text.empty();
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

// 010 is 8 for some readers and 10 for others; here it is neither.
bool has_leading_zero(std::string_view text) {
  const std::string_view digits = without_sign(text);
  return digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool looks_like_decimal(std::string_view text) {
  std::string_view mantissa = without_sign(text);
  const size_t e = mantissa.find_first_of("eE");
  if (e != std::string_view::npos) {
    if (!all_digits(without_sign(mantissa.substr(e + 1)))) return false;
    mantissa = mantissa.substr(0, e);
  }
  const size_t dot = mantissa.find('.');
  if (dot == std::string_view::npos) return all_digits(mantissa);
  const std::string_view whole = mantissa.substr(0, dot), fraction = mantissa.substr(dot + 1);
  if (whole.empty()) return all_digits(fraction);
  return all_digits(whole) && (fraction.empty() || all_digits(fraction));
}

std::optional<int64_t> parse_base(std::string_view digits, int base) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits[0] == '-') return std::nullopt;
  return value;
}

bool is_based(std::string_view text) { return text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o'); }

std::optional<double> parse_decimal(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool is_null_text(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  if (is_based(text)) return parse_base(text.substr(2), text[1] == 'x' ? 16 : 8);
  if (has_leading_zero(text)) return std::nullopt;
  if (all_digits(without_sign(text))) {
    if (text[0] == '+') text.remove_prefix(1);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? std::optional(value) : std::nullopt;
  }
  if (!looks_like_decimal(text)) return std::nullopt;
  const std::optional<double> number = parse_decimal(text);
  // Past 2^53 a double no longer tells neighbouring integers apart.
  if (!number || *number != std::floor(*number) || std::abs(*number) > 9007199254740992.0) return std::nullopt;
  return static_cast<int64_t>(*number);
}

std::optional<double> parse_number(std::string_view text) {
  if (is_based(text)) {
    const std::optional<int64_t> integer = parse_integer(text);
    return integer ? std::optional(static_cast<double>(*integer)) : std::nullopt;
  }
  const std::string_view word = without_sign(text);
  if (word == ".inf" || word == ".Inf" || word == ".INF") return text[0] == '-' ? -INFINITY : INFINITY;
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return NAN;
  if (has_leading_zero(text) || !looks_like_decimal(text)) return std::nullopt;
  return parse_decimal(text);
}

std::optional<uint64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr Unit units[] = {
      {"KB", 1e3},     {"MB", 1e6},        {"GB", 1e9},           {"TB", 1e12},
      {"KIB", 1024.0}, {"MIB", 1048576.0}, {"GIB", 1073741824.0}, {"TIB", 1099511627776.0}};
  const size_t end = text.find_last_of("0123456789.");
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<double> number = parse_number(text.substr(0, end + 1));
  std::string unit = lower(text.substr(end + 1));
  unit.erase(0, unit.find_first_not_of(' '));
  for (char& letter : unit) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  for (const Unit& each : units) {
    if (!number || each.name != unit) continue;
    const double bytes = *number * each.bytes;
    if (bytes >= 1 && bytes < 9e18) return static_cast<uint64_t>(bytes);
  }
  return std::nullopt;
}

bool is_text(std::string_view text) {
  if (is_null_text(text) || parse_bool(text) || parse_number(text)) return false;
  return !looks_like_decimal(text);  // Numbers out of range and 010 are not text either.
}

std::string shown(const Node& node) {
  if (node.is_null()) return "null";
  if (node.is_list()) return node.children.empty() ? "an empty list" : "a list";
  if (node.is_map()) return "a group of keys";
  if (node.style != Node::Style::quoted && !is_text(node.text)) return node.text;
  std::string text = node.text;
  if (text_width(text) > 60) {
    size_t end = 57;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n')
      quoted += "\\n";
    else if (c == '"' || c == '\\')
      quoted += std::string("\\") + c;
    else
      quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

std::string bool_hint(const Node& node) {
  if (!node.is_scalar()) return "";
  const std::string word = lower(node.text);
  if (parse_bool(node.text)) return "; without the quotes it is one";
  if (word == "yes" || word == "on" || word == "y" || word == "1") return "; YAML 1.2 writes true";
  if (word == "no" || word == "off" || word == "n" || word == "0") return "; YAML 1.2 writes false";
  if (word == "true" || word == "false") return "; write " + word;
  return "";
}

std::string number_hint(const Node& node, bool integer) {
  if (!node.is_scalar()) return "";
  const std::string& text = node.text;
  if (has_leading_zero(text) && all_digits(without_sign(text))) {
    const size_t digit = text.find_first_not_of("+-0");
    const std::string decimal = digit == std::string::npos ? "0" : text.substr(digit);
    const bool octal = decimal.find_first_of("89") == std::string::npos;
    return "; no leading zeros: write " + decimal + (octal ? ", or 0o" + decimal + " for octal" : "");
  }
  std::string plain = text;
  std::erase_if(plain, [](char c) { return c == '_' || c == ','; });
  if (plain != text && parse_number(plain)) return "; write " + plain;
  const bool readable = integer ? parse_integer(text).has_value() : parse_number(text).has_value();
  if (node.style == Node::Style::quoted && readable) return "; without the quotes it is one";
  if (looks_like_decimal(text)) {
    if (!parse_number(text)) return "; beyond the range of a 64-bit number";
    if (integer && all_digits(without_sign(text))) return "; beyond the range of a 64-bit integer";
  }
  const std::string word = lower(without_sign(text));
  if (!integer && (word == "inf" || word == "infinity"))
    return text[0] == '-' ? "; YAML writes -.inf" : "; YAML writes .inf";
  if (text.size() > 1 && text.back() == '%') {
    if (const auto percent = parse_number(text.substr(0, text.size() - 1)); percent && !integer)
      return "; write " + number_text(*percent / 100);
  }
  return "";
}

}  // namespace dlrun
