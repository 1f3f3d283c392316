// Names that end in a number: neighbours of one name are shown as one.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace dlrun {

// "blocks.12" -> {"blocks.", 12}; {name, -1} where it ends in no number, or in one of more than nine digits.
inline std::pair<std::string, int64_t> numbered(const std::string& name) {
  size_t digits = name.size();
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') --digits;
  if (digits == name.size() || name.size() - digits > 9) return {name, -1};
  return {name.substr(0, digits), std::stoll(name.substr(digits))};
}

}  // namespace dlrun
