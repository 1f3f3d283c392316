// Rules in words, and checking values against them.

#pragma once

#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

// "between 0 and 1", "more than 0", "relu or gelu"; "" for a rule that asks nothing of a value. What `required`,
// `not_empty` and `path` ask is not part of it.
std::string rule_text(const Rule& rule);

// What is wrong with a text by the rule, but for its choices and emptiness: "is no regular expression (ECMAScript)".
// "" when all is well.
std::string broken_text(const Rule& rule, const std::string& text);

// Everything a rule asks, in words: {"required", "not empty", "between 0 and 1"}.
std::vector<std::string> rule_parts(const Rule& rule);

// "an integer", "a number or null", "a list of text", "a group of keys", "an optimizer", "a list of augmentations".
std::string type_text(const Slot& slot);

// A kind in words: "lr scheduler".
std::string kind_text(const std::string& kind);
// With its article: "an lr scheduler".
std::string one(const std::string& noun);

}  // namespace dlrun
