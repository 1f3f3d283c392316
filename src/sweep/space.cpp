// Reading what is varied, and the scales of intervals.

#include "sweep/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "spec/scalar.h"
#include "spec/walk.h"
#include "spec/write.h"

namespace dlrun {
namespace {

std::string without_blanks(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

struct Interval {
  double low, high;
  bool logarithmic;
};

std::optional<Interval> interval_in(std::string text) {
  const bool logarithmic = text.ends_with(":log");
  if (logarithmic) text.resize(text.size() - 4);
  const size_t dots = text.find("..");
  if (dots == std::string::npos) return {};
  const std::optional<double> low = parse_number(text.substr(0, dots)), high = parse_number(text.substr(dots + 2));
  if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high)) return {};
  return Interval{*low, *high, logarithmic};
}

std::string value_text_of(const std::string& argument) { return argument.substr(argument.find('=') + 1); }

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
  throw UserError(ExitCode::bad_recipe, place + ": " + why);
}

// Integers and numbers; a component's `type` and the items of a list take no intervals.
bool takes_whole(const Found& found) {
  return found.rest.empty() && (std::holds_alternative<int64_t*>(found.field.slot) ||
                                std::holds_alternative<std::optional<int64_t>*>(found.field.slot));
}

bool takes_numbers(const Found& found) {
  return found.rest.empty() && (std::holds_alternative<double*>(found.field.slot) ||
                                std::holds_alternative<std::optional<double>*>(found.field.slot));
}

void check_interval(const SweptKey& key, const Found& found, const std::string& place) {
  if (!key.whole && !takes_numbers(found)) refuse(place, "from..to is for keys that take a number");
  if (!(key.low < key.high)) refuse(place, "the interval must begin below its end");
  if (key.logarithmic && key.low <= 0) refuse(place, "a logarithmic interval must begin above 0");
  if (key.whole && (key.low != std::floor(key.low) || key.high != std::floor(key.high)))
    refuse(place, "the key takes whole numbers: so must the interval begin and end");
  const Rule& rule = found.field.rule;
  if (key.low < rule.minimum || (rule.above_minimum && key.low == rule.minimum))
    refuse(place,
           fmt::format("must be {} {}", rule.above_minimum ? "more than" : "at least", number_text(rule.minimum)));
  if (key.high > rule.maximum || (rule.below_maximum && key.high == rule.maximum))
    refuse(place,
           fmt::format("must be {} {}", rule.below_maximum ? "less than" : "at most", number_text(rule.maximum)));
}

// What a component's own key says is its type.
std::string current_value(const Found& found) {
  if (found.rest.empty()) return value_text(found.field.slot);
  const auto* const component = std::get_if<AnyChoice*>(&found.field.slot);
  return component && found.rest == std::vector<std::string>{"type"} ? (*component)->type : "";
}

}  // namespace

double SweptKey::place_of(double value) const { return logarithmic ? std::log(value) : value; }

double SweptKey::first_place() const { return place_of(whole ? low - 0.5 : low); }

double SweptKey::last_place() const { return place_of(whole ? high + 0.5 : high); }

std::string SweptKey::value_at(double place) const {
  const double value = logarithmic ? std::exp(place) : place;
  if (whole) return fmt::format("{}", static_cast<int64_t>(std::clamp(std::round(value), low, high)));
  const double rounded = parse_number(fmt::format("{:.4g}", value)).value_or(value);
  return number_text(std::clamp(rounded, low, high));
}

std::optional<double> SweptKey::place_of(const std::string& value) const {
  const std::optional<double> number = parse_number(value);
  if (!number || !(*number >= low && *number <= high)) return {};
  return place_of(*number);
}

// Numbers may be written in several ways.
std::optional<size_t> SweptKey::choice_of(const std::string& value) const {
  const std::optional<double> number = parse_number(value);
  for (size_t i = 0; i < choices.size(); ++i)
    if (choices[i] == value || (number && parse_number(choices[i]) == number)) return i;
  return {};
}

std::vector<std::string> listed_values(const std::string& text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (quote) {
      if (letter == '\\' && quote == '"' && at + 1 < text.size()) values.back() += text[at++];
      if (letter == quote) quote = 0;
    } else if (letter == '"' || letter == '\'') {
      quote = letter;
    } else if (letter == '[' || letter == '{') {
      ++depth;
    } else if (letter == ']' || letter == '}') {
      --depth;
    } else if (letter == ',' && depth == 0) {
      values.emplace_back();
      continue;
    }
    values.back() += text[at];
  }
  for (std::string& value : values) value = without_blanks(value);
  return values;
}

bool varies(const std::string& argument) {
  if (argument.find('=') == std::string::npos) return false;
  const std::string text = value_text_of(argument);
  return listed_values(text).size() > 1 || interval_in(text).has_value();
}

std::vector<Varied> varied_in(const SweepSettings& block, const Origins& origins) {
  std::vector<Varied> varied;
  for (size_t i = 0; i < block.vary.size(); ++i) {
    const std::string path = fmt::format("sweep.vary.{}", i);
    varied.push_back({block.vary[i], origins.find(path).str() + ": " + path});
    if (!varies(block.vary[i]))
      refuse(varied.back().place,
             "must give a key several values (optimizer.lr=1e-4,1e-3) or an interval (optimizer.lr=1e-4..1e-2:log), "
             "got \"" +
                 block.vary[i] + "\"");
  }
  return varied;
}

SweptKey swept_key(const Varied& varied, Params& recipe) {
  const auto& [argument, place] = varied;
  SweptKey swept;
  swept.key = without_blanks(argument.substr(0, argument.find('=')));
  if (swept.key == "sweep" || swept.key.starts_with("sweep.")) refuse(place, "a sweep does not vary itself");
  const std::optional<Found> found = locate(recipe, nullptr, swept.key);
  if (!found) {
    const std::string near = nearest(swept.key, all_paths(recipe));
    refuse(place, "no such key" + (near.empty() ? std::string() : "; did you mean " + near + "?"));
  }
  swept.recipe_value = current_value(*found);
  swept.whole = takes_whole(*found);
  const std::string text = value_text_of(argument);
  if (const std::optional<Interval> interval = interval_in(text)) {
    swept.low = interval->low;
    swept.high = interval->high;
    swept.logarithmic = interval->logarithmic;
    check_interval(swept, *found, place);
    return swept;
  }
  swept.choices = listed_values(text);
  for (size_t i = 0; i < swept.choices.size(); ++i) {
    if (swept.choices[i].empty()) refuse(place, "a value between commas is missing");
    if (swept.choice_of(swept.choices[i]) != i) refuse(place, swept.choices[i] + " is there twice");
  }
  return swept;
}

std::string override_of(const SweptKey& key, const std::string& value) { return key.key + "=" + value; }

}  // namespace dlrun
