// Targets that have a field each, where they are of different kinds or not all there.

#pragma once

#include <string>
#include <string_view>

namespace dlrun {

// Behind it comes the name of the column: "target.price" [B, 1] float in training units, "target.sold" [B] int64.
inline constexpr std::string_view target_prefix = "target.";
// Likewise "known.price" [B] bool, FieldInfo::Means::mask, where rows may lack it: then its value there is 0.
inline constexpr std::string_view known_prefix = "known.";

inline std::string target_field(std::string_view column) { return std::string(target_prefix) + std::string(column); }
inline std::string known_field(std::string_view column) { return std::string(known_prefix) + std::string(column); }

// Whether a field says something of the targets alone, so that no network may see it.
inline bool is_target_field(std::string_view name) {
  return name == "target" || name.starts_with(target_prefix) || name.starts_with(known_prefix);
}

}  // namespace dlrun
