// Chemical formulas.

#include "data/formula.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <unordered_map>
#include <vector>

namespace dlrun {
namespace {

constexpr std::string_view symbols[] = {
    "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",  "Cl",
    "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se",
    "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb",
    "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er",
    "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At",
    "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No",
    "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"};
static_assert(std::size(symbols) == elements_known);

constexpr std::string_view opening = "([{", closing = ")]}";
constexpr size_t deepest = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

int64_t number_of(std::string_view symbol) {
  static const std::unordered_map<std::string_view, int64_t> numbers = [] {
    std::unordered_map<std::string_view, int64_t> found;
    for (size_t i = 0; i < std::size(symbols); ++i) found.emplace(symbols[i], static_cast<int64_t>(i) + 1);
    return found;
  }();
  const auto found = numbers.find(symbol);
  return found == numbers.end() ? 0 : found->second;
}

// Small digits as digits, every dot that is none of ASCII as '*'.
std::string in_ascii(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\xE2\x82") && rest.size() > 2 && (rest[2] & 0x7F) < 10) {
      plain.push_back(static_cast<char>('0' + (rest[2] & 0x7F)));
      i += 2;
    } else if (rest.starts_with("\xC2\xB7")) {  // middle dot
      plain.push_back('*');
      i += 1;
    } else if (rest.starts_with("\xE2\x80\xA2") || rest.starts_with("\xE2\x8B\x85")) {  // bullet, dot operator
      plain.push_back('*');
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

class FormulaReader {
 public:
  explicit FormulaReader(std::string text) : text_(std::move(text)) {}

  FormulaReading run() {
    if (text_.empty()) fail("is empty");
    while (ok()) {
      const double times = is_digit(at(place_)) ? amount() : 1.0;
      add(group(0), times, reading_.amounts);
      if (!ok() || place_ == text_.size()) break;
      separator();
    }
    if (!ok()) reading_.amounts.clear();
    return std::move(reading_);
  }

 private:
  using Amounts = std::map<int64_t, double>;

  char at(size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  bool ok() const { return reading_.problem.empty(); }
  void fail(std::string problem) {
    if (ok()) reading_.problem = std::move(problem);
  }

  static void add(const Amounts& more, double times, Amounts& sum) {
    for (const auto& [element, amount] : more) sum[element] += amount * times;
  }

  // Elements and brackets up to a closing bracket, a dot or the end; at least one of them.
  Amounts group(size_t depth) {
    Amounts amounts;
    const size_t start = place_;
    while (ok() && place_ < text_.size()) {
      const char c = at(place_);
      const size_t kind = opening.find(c);
      if (is_upper(c)) {
        const int64_t found = element();
        add({{found, 1.0}}, amount(), amounts);
      } else if (kind != std::string_view::npos) {
        if (depth == deepest) fail("has too many brackets within each other");
        ++place_;
        const Amounts inner = group(depth + 1);
        if (ok() && at(place_) != closing[kind]) fail(fmt::format("lacks a '{}'", closing[kind]));
        ++place_;
        add(inner, amount(), amounts);
      } else if (closing.find(c) != std::string_view::npos) {
        if (depth == 0) fail(fmt::format("has a '{}' that nothing opens", c));
        break;
      } else if (depth == 0 && (c == '*' || c == '.' || c == ' ')) {
        break;
      } else {
        fail(fmt::format("has '{}' where an element or a bracket should begin (character {})",
                         is_lower(c) || c == '+' || c == '-' || (c > ' ' && c < '\x7f') ? std::string(1, c) : "?",
                         place_ + 1));
      }
    }
    if (ok() && place_ == start) fail("holds no element where one is expected");
    return amounts;
  }

  int64_t element() {
    const size_t length = is_lower(at(place_ + 1)) ? 2 : 1;
    const std::string_view symbol = std::string_view(text_).substr(place_, length);
    const int64_t number = number_of(symbol);
    if (number == 0) fail(fmt::format("'{}' is no element", symbol));
    place_ += length;
    return number;
  }

  // The amount that stands here; 1 where none does.
  double amount() {
    if (!ok() || !is_digit(at(place_))) return 1.0;
    const size_t start = place_;
    while (is_digit(at(place_))) ++place_;
    if (at(place_) == '.' && is_digit(at(place_ + 1))) {
      ++place_;
      while (is_digit(at(place_))) ++place_;
      if (is_solvent(place_))
        fail(fmt::format("can be read in two ways: write {} with '*' for a hydrate, or in brackets",
                         text_.substr(start)));
    }
    double value = 0.0;
    std::from_chars(text_.data() + start, text_.data() + place_, value);
    if (!(value > 0.0) || !std::isfinite(value)) fail("has an amount of " + text_.substr(start, place_ - start));
    return value;
  }

  // Whether all that follows is what crystals take up.
  bool is_solvent(size_t place) const {
    const std::string_view rest = std::string_view(text_).substr(place);
    return rest == "H2O" || rest == "NH3";
  }

  // The dot between two parts, with spaces around it.
  void separator() {
    while (at(place_) == ' ') ++place_;
    const char dot = at(place_);
    if (dot != '*' && dot != '.') return fail("has a space within it");
    ++place_;
    while (at(place_) == ' ') ++place_;
    size_t behind = place_;
    while (is_digit(at(behind))) ++behind;
    if (dot == '.' && behind > place_ && !is_solvent(behind))
      fail("has a '.' that may be a decimal point: write 0. before a fraction, and '*' for the dot of a hydrate");
  }

  std::string text_;
  size_t place_ = 0;
  FormulaReading reading_;
};

}  // namespace

std::string_view element_symbol(int64_t atomic_number) { return symbols[atomic_number - 1]; }

FormulaReading read_formula(std::string_view text) { return FormulaReader(in_ascii(text)).run(); }

}  // namespace dlrun
