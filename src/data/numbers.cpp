// Numbers as tables write them.

#include "data/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/text.h"

namespace dlrun {
namespace {

constexpr std::string_view minus = "\xE2\x88\x92";  // U+2212
// No-break, figure, thin and narrow no-break space.
constexpr std::array<std::string_view, 5> spaces = {" ", "\xC2\xA0", "\xE2\x80\x87", "\xE2\x80\x89", "\xE2\x80\xAF"};

size_t space_at(std::string_view text) {
  for (std::string_view space : spaces)
    if (text.starts_with(space)) return space.size();
  return 0;
}

std::string_view trimmed(std::string_view text) {
  while (const size_t size = space_at(text)) text.remove_prefix(size);
  for (bool more = true; more;) {
    more = false;
    for (std::string_view space : spaces)
      if (text.ends_with(space)) text.remove_suffix(space.size()), more = true;
  }
  return text;
}

// Removes a sign at the front: -1, 1, or 0 where there is none.
int take_sign(std::string_view& text) {
  int sign = 0;
  size_t size = 0;
  if (text.starts_with('+')) sign = 1, size = 1;
  if (text.starts_with('-')) sign = -1, size = 1;
  if (text.starts_with(minus)) sign = -1, size = minus.size();
  text.remove_prefix(size);
  return sign;
}

// The affix at the front or the end of an unsigned cell, without the spaces beside it; empty where there is none.
std::string_view take_affix(std::string_view& text, const std::vector<std::string>& affixes) {
  for (const std::string& affix : affixes) {
    if (affix.empty()) continue;
    if (text.starts_with(affix))
      text.remove_prefix(affix.size());
    else if (text.ends_with(affix))
      text.remove_suffix(affix.size());
    else
      continue;
    text = trimmed(text);
    return affix;
  }
  return {};
}

// The length of the mark of thousands at the front of `text`.
size_t mark_at(std::string_view text, const std::string& thousands) {
  if (thousands == "comma") return text.starts_with(',') ? 1 : 0;
  if (thousands == "point") return text.starts_with('.') ? 1 : 0;
  if (thousands == "underscore") return text.starts_with('_') ? 1 : 0;
  if (thousands == "space") return space_at(text);
  if (thousands == "apostrophe") return text.starts_with('\'') ? 1 : text.starts_with("\xE2\x80\x99") ? 3 : 0;
  return 0;
}

// Groups of three after one of one to three digits, or groups of two before the last three.
bool good_groups(const std::vector<size_t>& groups) {
  if (groups.size() == 1) return true;
  if (groups.front() < 1 || groups.front() > 3 || groups.back() != 3) return false;
  const size_t inner = groups.size() > 2 ? groups[1] : 3;
  if (inner != 3 && (inner != 2 || groups.front() > 2)) return false;
  return std::all_of(groups.begin() + 1, groups.end() - 1, [&](size_t size) { return size == inner; });
}

// Rewrites an unsigned number without affix as C writes it; false where it is none of this format.
bool rewrite(std::string_view text, const NumberFormat& format, std::string& plain) {
  std::vector<size_t> groups = {0};
  while (!text.empty()) {
    if (digit(text[0])) {
      plain += text[0];
      ++groups.back();
      text.remove_prefix(1);
    } else if (const size_t mark = mark_at(text, format.thousands)) {
      groups.push_back(0);
      text.remove_prefix(mark);
    } else {
      break;
    }
  }
  if (!good_groups(groups)) return false;
  if (text.starts_with(format.decimal == "comma" ? ',' : '.')) {
    plain += '.';
    text.remove_prefix(1);
    for (; !text.empty() && digit(text[0]); text.remove_prefix(1)) plain += text[0];
  }
  if (plain.empty() || plain == ".") return false;
  if (text.empty()) return true;
  if (groups.size() > 1) return false;
  if (std::string_view("eEdD").find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  plain += 'e';
  if (take_sign(text) < 0) plain += '-';
  plain += text;
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

std::optional<double> value_of(const std::string& plain) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (end != plain.data() + plain.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = std::strtod(plain.c_str(), nullptr);  // 0, tiny or infinite
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

// Takes off what says of an unsigned cell that its number is below 0; false where nothing does.
bool take_negative(std::string_view& text, const std::string& negative) {
  if (negative == "trailing" && (text.ends_with('-') || text.ends_with(minus)))
    text.remove_suffix(text.ends_with('-') ? 1 : minus.size());
  else if (negative == "parentheses" && text.size() > 2 && text.starts_with('(') && text.ends_with(')'))
    text = text.substr(1, text.size() - 2);
  else
    return false;
  text = trimmed(text);
  return true;
}

// What stands before and after the digits of a cell that could be a number with a unit. A text before it is a symbol or
// the three letters of a currency: "A12" is a code, no number.
std::vector<std::string> affixes_of(std::string_view cell) {
  take_sign(cell);
  for (const char* negative : {"parentheses", "trailing"}) take_negative(cell, negative);
  const auto begins = std::find_if(cell.begin(), cell.end(), digit);
  if (begins == cell.end()) return {};
  const auto ends = std::find_if(cell.rbegin(), cell.rend(), digit).base();
  const size_t before = static_cast<size_t>(begins - cell.begin()), after = static_cast<size_t>(ends - cell.begin());
  std::string_view front = trimmed(cell.substr(0, before)), back = trimmed(cell.substr(after));
  take_sign(front);
  for (const char sign : {'-', '.', ','})
    if (front.ends_with(sign)) front = trimmed(front.substr(0, front.size() - 1));
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto upper = [](unsigned char c) { return std::isupper(c) != 0; };
  std::vector<std::string> found;
  const bool symbol = std::none_of(front.begin(), front.end(), letter);
  const bool currency = front.size() == 3 && std::all_of(front.begin(), front.end(), upper);
  if (!front.empty() && front.size() <= 8 && (symbol || currency)) found.emplace_back(front);
  if (!back.empty() && back.size() <= 12 && back.find(' ') == std::string_view::npos) found.emplace_back(back);
  return found;
}

}  // namespace

std::optional<double> parse_number(std::string_view cell, const NumberFormat& format) {
  if (format.decimal == "point") {  // The common case costs one pass.
    double value = 0.0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error == std::errc{} && end == cell.data() + cell.size() && std::isfinite(value)) return value;
    if (!cell.empty() && end == cell.data() && std::isalpha(static_cast<unsigned char>(cell[0])) &&
        format.affixes.empty())
      return std::nullopt;
  }
  // A sign may stand before an affix or behind it: -$5, $-5, ($5), 5 kg-.
  int sign = 0, signs = 0;
  const auto look_for_sign = [&] {
    int found = take_sign(cell);
    if (take_negative(cell, format.negative)) found = found == 0 ? -1 : 2;
    signs += found != 0;
    if (found != 0) sign = found;
  };
  look_for_sign();
  take_affix(cell, format.affixes);
  look_for_sign();
  if (signs > 1 || sign == 2) return std::nullopt;
  std::string plain;
  if (!rewrite(cell, format, plain)) return std::nullopt;
  const std::optional<double> value = value_of(plain);
  return value && sign < 0 ? -*value : value;
}

std::optional<double> parse_cell(std::string_view cell) {
  static const NumberFormat plain;
  return parse_number(cell, plain);
}

std::string_view affix_of(std::string_view cell, const NumberFormat& format) {
  take_sign(cell);
  take_negative(cell, format.negative);
  return take_affix(cell, format.affixes);
}

FormatGuess guess_format(std::span<const std::string_view> cells, const NumberFormat& format) {
  std::vector<std::vector<std::string>> affixes = {format.affixes};
  std::vector<std::string> grown = format.affixes;
  for (std::string_view cell : cells) {
    if (grown.size() >= format.affixes.size() + 4) break;
    for (std::string& affix : affixes_of(cell))
      if (std::find(grown.begin(), grown.end(), affix) == grown.end()) grown.push_back(std::move(affix));
    if (grown.size() > affixes.back().size()) affixes.push_back(grown);
  }
  // Longer affixes first: "mg" before "g".
  for (auto& list : affixes)
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::vector<std::string> negatives = {format.negative};
  for (const char* negative : {"parentheses", "trailing"}) {
    const auto seen = [&](std::string_view cell) { return take_negative(cell, negative); };
    if (negative != format.negative && std::any_of(cells.begin(), cells.end(), seen)) negatives.push_back(negative);
  }
  std::vector<NumberFormat> candidates;
  for (const auto& list : affixes)
    for (const char* decimal : {"point", "comma"})
      for (const char* thousands : {"none", "comma", "point", "space", "apostrophe", "underscore"})
        for (const std::string& negative : negatives)
          if (std::string_view(decimal) != thousands) candidates.push_back({decimal, thousands, list, negative});
  // Of equals the one nearest to what is said now, then the first.
  const auto changes = [&](const NumberFormat& candidate) {
    return (candidate.decimal != format.decimal) + (candidate.thousands != format.thousands) +
           (candidate.negative != format.negative) + static_cast<int>(candidate.affixes.size() - format.affixes.size());
  };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const auto& a, const auto& b) { return changes(a) < changes(b); });
  FormatGuess best{format, 0, std::nullopt};
  for (const NumberFormat& candidate : candidates) {
    const size_t read = static_cast<size_t>(std::count_if(
        cells.begin(), cells.end(), [&](std::string_view cell) { return parse_number(cell, candidate).has_value(); }));
    const auto reads_alike = [&](std::string_view cell) {
      return parse_number(cell, candidate) == parse_number(cell, best.format);
    };
    if (read > best.read)
      best = {candidate, read, std::nullopt};
    else if (read > 0 && read == best.read && !best.other && changes(candidate) == changes(best.format) &&
             !std::all_of(cells.begin(), cells.end(), reads_alike))
      best.other = candidate;
  }
  return best;
}

std::string format_keys(const FormatGuess& guess, const NumberFormat& format) {
  const std::string keys = format_keys(guess.format, format);
  return guess.other ? keys + " (or " + format_keys(*guess.other, format) + ")" : keys;
}

std::string format_keys(const NumberFormat& wanted, const NumberFormat& format) {
  std::vector<std::string> keys;
  if (wanted.decimal != format.decimal) keys.push_back("data.decimal: " + wanted.decimal);
  if (wanted.thousands != format.thousands) keys.push_back("data.thousands: " + wanted.thousands);
  if (wanted.negative != format.negative) keys.push_back("data.negative: " + wanted.negative);
  if (wanted.affixes != format.affixes) {
    std::vector<std::string> quoted;
    for (const std::string& affix : wanted.affixes) quoted.push_back("\"" + affix + "\"");
    keys.push_back("data.affixes: [" + join(quoted, ", ") + "]");
  }
  return join(keys, ", ");
}

bool stands_for_no_number(std::string_view cell) {
  // As pandas, R, Excel, LibreOffice, MATLAB, SQL and Windows' C library write it.
  static constexpr std::array words = {
      "none",          "nil",      "null",         "na",          "n/a",      "n.a.",      "<na>",    "#n/a",
      "#na",           "nan",      "-nan",         "+nan",        "nan(ind)", "-nan(ind)", "inf",     "-inf",
      "+inf",          "infinity", "-infinity",    "1.#inf",      "-1.#inf",  "1.#ind",    "-1.#ind", "1.#qnan",
      "-1.#qnan",      ".",        "..",           "-",           "--",       "---",       "?",       "#div/0!",
      "#num!",         "#value!",  "#ref!",        "#name?",      "#null!",   "missing",   "unknown", "undefined",
      "not available", "\\n",      "\xE2\x80\x93", "\xE2\x80\x94"};
  const std::string word = lower(trimmed(cell));
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace dlrun
