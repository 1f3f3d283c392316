// What a recipe's training costs here.

#pragma once

#include <string>

namespace dlrun {

struct Price {
  double seconds = 0.0;  // of the whole training, without its validations
  int64_t parameters = 0;
};

// Measured: builds the recipe of this text and makes a few of its steps, on real samples, for about a second.
Price price_of(const std::string& recipe_text, const std::string& name);

}  // namespace dlrun
