// Fills parameters with random values that satisfy their rules, for tests of what must hold for all of them.

#pragma once

#include <cmath>
#include <cstring>
#include <random>

#include "base/text.h"
#include "spec/catalog.h"

namespace dlrun::sample {

// Text that YAML reads as something else when it is written carelessly.
inline const std::vector<std::string>& awkward_texts() {
  static const std::vector<std::string> texts = {
      "",
      " ",
      "a ",
      " a",
      "yes",
      "No",
      "on",
      "y",
      "null",
      "~",
      "NULL",
      "true",
      "False",
      "1",
      "-1",
      "1.5",
      "1e3",
      ".5",
      "010",
      "0x1F",
      "0o7",
      "1_000",
      ".inf",
      "-.inf",
      ".nan",
      "a: b",
      "a:",
      ":a",
      "a #b",
      "#a",
      "- a",
      "-",
      "--",
      "---",
      "...",
      "[a",
      "]",
      "{a",
      "}",
      "a, b",
      "*a",
      "&a",
      "!a",
      "!!str",
      "%a",
      "@a",
      "`a",
      "|",
      ">",
      "?",
      "? a",
      "<<",
      "=",
      "'",
      "\"",
      "a'b",
      "a\"b",
      "\\",
      "a\\nb",
      "C:\\data",
      "\n",
      "a\nb",
      "a\n\n",
      "\ta",
      "a\tb",
      "\r",
      "a\r\nb",
      "${a}",
      "$${a}",
      "$$${a}",
      "${",
      "$",
      "$$",
      "a${b}c${d}",
      "type",
      "\x01",
      "\x1B",
      "\x7F",
      "\xC2\x85",
      "\xC2\xA0",
      "\xE2\x80\xA8",
      "\xE2\x80\xA9",
      "\xEF\xBB\xBF",
      "\xEF\xBF\xBD",
      "é",
      "日本語",
      "😀",
      "naïve café",
      "2020-01-01",
      "12:30",
      "0.1.2",
      "1.",
      "+1",
      "a/b.c",
      "/x",
      "./x",
      "../x",
      "~/x",
      "layer1\\..*",
      "val/loss",
      "x=y",
      "a b",
  };
  return texts;
}

class RandomFiller {
 public:
  explicit RandomFiller(unsigned seed) : random_(seed) {}

  // false: what is chosen has no rules that join fields and no lists of its own, and keeps its defaults where it has
  // them.
  bool fill_choices = true;

  void fill(Params& params) { fill(params, true); }

 private:
  void fill(Params& params, bool optional) {
    for (const Field& field : params.fields())
      if (optional || field.rule.required) std::visit([&](auto* slot) { this->set(*slot, field.rule); }, field.slot);
  }

  int64_t below(int64_t count) { return std::uniform_int_distribution<int64_t>(0, count - 1)(random_); }

  void set(bool& value, const Rule&) { value = below(2) == 1; }

  void set(int64_t& value, const Rule& rule) {
    const int64_t low =
        std::isfinite(rule.minimum) ? static_cast<int64_t>(rule.minimum) + rule.above_minimum : INT64_MIN;
    const int64_t high =
        std::isfinite(rule.maximum) ? static_cast<int64_t>(rule.maximum) - rule.below_maximum : INT64_MAX;
    switch (below(4)) {
      case 0:
        value = low;
        break;
      case 1:
        value = high;
        break;
      case 2:
        value = std::clamp<int64_t>(below(1000), low, high);
        break;
      default:
        value = std::uniform_int_distribution<int64_t>(low, high)(random_);
    }
  }

  void set(double& value, const Rule& rule) {
    const bool low = std::isfinite(rule.minimum), high = std::isfinite(rule.maximum);
    for (;;) {
      if (low && high) {
        value = std::uniform_real_distribution<double>(rule.minimum, rule.maximum)(random_);
      } else {
        const uint64_t bits = random_();
        std::memcpy(&value, &bits, sizeof value);
        if (below(3) == 0) value = static_cast<double>(below(2000) - 1000) / 8;
      }
      if (rule.infinite && below(4) == 0) value = INFINITY;
      if (std::isnan(value) || (std::isinf(value) && !rule.infinite)) continue;
      const bool too_low = rule.above_minimum ? value <= rule.minimum : value < rule.minimum;
      const bool too_high = rule.below_maximum ? value >= rule.maximum : value > rule.maximum;
      if (!too_low && !too_high) return;
    }
  }

  void set(std::string& value, const Rule& rule) {
    if (!rule.choices.empty()) {
      value = rule.choices[static_cast<size_t>(below(static_cast<int64_t>(rule.choices.size())))];
      return;
    }
    if (rule.expression) value = below(2) == 0 ? "(layer[1-9])\\..*" : "^(.+): #\\d$";
    if (rule.size) value = below(2) == 0 ? "5GB" : "1.5 KiB";
    if (rule.expression || rule.size) return;
    do {
      const auto& texts = awkward_texts();
      value = texts[static_cast<size_t>(below(static_cast<int64_t>(texts.size())))];
      while (below(3) == 0) value += texts[static_cast<size_t>(below(static_cast<int64_t>(texts.size())))];
      if (below(20) == 0) value += std::string(static_cast<size_t>(below(300)), 'x');
      if (below(20) == 0) value += '\0';
    } while (value.empty() && rule.not_empty);
  }

  template <class T>
  void set(std::optional<T>& value, const Rule& rule) {
    value.reset();
    if (!rule.required && below(3) == 0) return;
    T inner{};
    set(inner, rule);
    value = inner;
  }

  template <class T>
  void set(std::vector<T>& values, const Rule& rule) {
    values.resize(static_cast<size_t>(below(5) + rule.not_empty));
    if (below(10) == 0) values.resize(40);
    for (T& value : values) {
      Rule element = rule;
      element.not_empty = false;
      set(value, element);
    }
  }

  void set(Params& group, const Rule&) { fill(group); }

  void set(AnyOptional& group, const Rule& rule) {
    group.value = rule.required || below(3) > 0 ? group.make() : nullptr;
    if (group.value) fill(*group.value);
  }

  void set(AnyList& list, const Rule& rule) {
    list.values.clear();
    const int64_t count = below(4) + rule.not_empty;
    for (int64_t i = 0; i < count; ++i) {
      list.values.push_back(list.make());
      fill(*list.values.back());
    }
  }

  // Rules that join fields, or a list that may not be empty, which has no end where its items have such lists too.
  static bool has_rules_or_lists(Params& params) {
    if (!params.relations().empty()) return true;
    for (const Field& field : params.fields())
      if (field.rule.not_empty && (std::get_if<AnyList*>(&field.slot) || std::get_if<AnyChoiceList*>(&field.slot)))
        return true;
    return false;
  }

  void set(AnyChoice& choice, const Rule& rule) {
    choice.type.clear();
    choice.value = nullptr;
    if (!rule.required && below(5) == 0) return;
    auto entries = Catalog::instance().entries(choice.kind);
    if (!fill_choices) std::erase_if(entries, [](const Entry* entry) { return has_rules_or_lists(*entry->make()); });
    if (entries.empty() || ++depth_ > 6) return;
    const Entry* entry = entries[static_cast<size_t>(below(static_cast<int64_t>(entries.size())))];
    choice.type = entry->name;
    choice.value = entry->make();
    fill(*choice.value, fill_choices);
    --depth_;
  }

  void set(AnyChoiceList& list, const Rule& rule) {
    list.values.clear();
    const int64_t count = below(4) + rule.not_empty;
    for (int64_t i = 0; i < count; ++i) {
      AnyChoice choice{list.kind, "", nullptr};
      Rule required;
      required.required = true;
      set(choice, required);
      if (choice.value) list.values.push_back(choice);
    }
  }

  std::mt19937_64 random_;
  int depth_ = 0;
};

}  // namespace dlrun::sample
