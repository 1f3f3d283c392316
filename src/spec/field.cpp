// Rules.

#include "spec/field.h"

#include <algorithm>

namespace dlrun {

Rule both(Rule a, const Rule& b) {
  if (b.minimum > a.minimum) {
    a.minimum = b.minimum;
    a.above_minimum = b.above_minimum;
  } else if (b.minimum == a.minimum) {
    a.above_minimum = a.above_minimum || b.above_minimum;
  }
  if (b.maximum < a.maximum) {
    a.maximum = b.maximum;
    a.below_maximum = b.below_maximum;
  } else if (b.maximum == a.maximum) {
    a.below_maximum = a.below_maximum || b.below_maximum;
  }
  if (a.choices.empty()) {
    a.choices = b.choices;
  } else if (!b.choices.empty()) {
    std::erase_if(a.choices, [&](const std::string& choice) {
      return std::find(b.choices.begin(), b.choices.end(), choice) == b.choices.end();
    });
  }
  a.required = a.required || b.required;
  a.not_empty = a.not_empty || b.not_empty;
  a.path = a.path || b.path;
  a.infinite = a.infinite || b.infinite;
  a.expression = a.expression || b.expression;
  a.capture = a.capture || b.capture;
  a.size = a.size || b.size;
  return a;
}

}  // namespace dlrun
