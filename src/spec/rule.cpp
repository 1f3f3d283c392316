// Rules and types in words.

#include "spec/rule.h"

#include <cmath>
#include <regex>

#include "base/text.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

template <class T>
constexpr const char* scalar_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, int64_t>) return "an integer";
  if constexpr (std::is_same_v<T, double>) return "a number";
  if constexpr (std::is_same_v<T, std::string>) return "text";
  return "";
}

template <class T>
std::string name_of(const T*) {
  return scalar_name<T>();
}
template <class T>
std::string name_of(const std::optional<T>*) {
  return std::string(scalar_name<T>()) + (std::is_same_v<T, bool> ? ", or null" : " or null");
}
std::string name_of(const std::vector<int64_t>*) { return "a list of integers"; }
std::string name_of(const std::vector<double>*) { return "a list of numbers"; }
std::string name_of(const std::vector<std::string>*) { return "a list of text"; }
std::string name_of(const Params*) { return "a group of keys"; }
std::string name_of(const AnyOptional*) { return "a group of keys or null"; }
std::string name_of(const AnyList*) { return "a list of groups"; }
std::string name_of(const AnyChoice* choice) { return one(kind_text(choice->kind)); }
std::string name_of(const AnyChoiceList* list) { return "a list of " + kind_text(list->kind) + "s"; }

}  // namespace

std::string kind_text(const std::string& kind) {
  if (kind == "data") return "data reader";  // The recipe's key reads better without the second word.
  std::string text = kind;
  for (char& c : text)
    if (c == '_') c = ' ';
  return text;
}

std::string one(const std::string& noun) {
  // "lr" is spoken "el-ar".
  const bool vowel = noun.starts_with("lr") || std::string("aeiou").find(noun.front()) != std::string::npos;
  return (vowel ? "an " : "a ") + noun;
}

std::vector<std::string> rule_parts(const Rule& rule) {
  std::vector<std::string> parts;
  if (rule.required) parts.push_back("required");
  if (rule.path) parts.push_back("a path");
  if (rule.not_empty) parts.push_back("not empty");
  if (const std::string text = rule_text(rule); !text.empty()) parts.push_back(text);
  if (rule.infinite) parts.push_back(".inf allowed");
  if (rule.expression)
    parts.push_back(rule.capture ? "a regular expression with a group in parentheses" : "a regular expression");
  if (rule.size) parts.push_back("a size like 5GB");
  return parts;
}

std::string broken_text(const Rule& rule, const std::string& text) {
  if (rule.size && !parse_size(text)) return "must be a size like 5GB, 500MB or 2GiB, got \"" + text + "\"";
  if (!rule.expression) return "";
  try {
    const std::regex expression(text);
    if (!rule.capture || expression.mark_count() > 0) return "";
    return "needs a group in parentheses, got \"" + text + "\"";
  } catch (const std::regex_error&) {
    return "is no regular expression (ECMAScript): \"" + text + "\"";
  }
}

std::string rule_text(const Rule& rule) {
  if (!rule.choices.empty()) return join_or(rule.choices);
  const bool low = std::isfinite(rule.minimum), high = std::isfinite(rule.maximum);
  const std::string minimum = number_text(rule.minimum), maximum = number_text(rule.maximum);
  if (low && high && !rule.above_minimum && !rule.below_maximum) return "between " + minimum + " and " + maximum;
  std::string text;
  if (low) text = (rule.above_minimum ? "more than " : "at least ") + minimum;
  if (low && high) text += " and ";
  if (high) text += (rule.below_maximum ? "less than " : "at most ") + maximum;
  return text;
}

std::string type_text(const Slot& slot) {
  return std::visit([](const auto* value) { return name_of(value); }, slot);
}

}  // namespace dlrun
