// Chemical formulas: which elements, and how much of each.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace dlrun {

inline constexpr int64_t elements_known = 118;

// "Fe" for 26; the atomic number is at least 1 and at most elements_known.
std::string_view element_symbol(int64_t atomic_number);

struct FormulaReading {
  std::map<int64_t, double> amounts;  // by atomic number, none 0
  std::string problem;                // not empty: it is no formula, and this is why
};

// Reads "Fe2O3", "Ca(OH)2", "K4[Fe(CN)6]", "Ag0.5Ge1Pb1.75S4" and hydrates: after a dot ("·", "•", "*", or "." where it
// cannot be a decimal point) comes another formula, with an amount before it. Small digits (H₂O) are digits. Charges,
// spaces inside a part and amounts of 0 are problems, and so is a "." before water or ammonia that could be either.
FormulaReading read_formula(std::string_view text);

}  // namespace dlrun
