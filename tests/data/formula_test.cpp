// Chemical formulas: what they are made of, and what is none.

#include "data/formula.h"

#include <catch2/catch.hpp>

namespace dlrun::formula_test {
namespace {

using Amounts = std::map<int64_t, double>;

void check_amounts(const std::string& text, const Amounts& expected) {
  INFO(text);
  const FormulaReading reading = read_formula(text);
  CHECK(reading.problem == "");
  REQUIRE(reading.amounts.size() == expected.size());
  for (const auto& [element, amount] : expected) CHECK(reading.amounts.at(element) == Approx(amount).epsilon(1e-12));
}

TEST_CASE("formulas are sums of elements, whatever brackets they are in") {
  check_amounts("Fe2O3", {{26, 2}, {8, 3}});
  check_amounts("H", {{1, 1}});
  check_amounts("Ca(OH)2", {{20, 1}, {8, 2}, {1, 2}});
  check_amounts("K4[Fe(CN)6]", {{19, 4}, {26, 1}, {6, 6}, {7, 6}});
  check_amounts("(NH4)2{Ni[(SO4)2]}", {{7, 2}, {1, 8}, {28, 1}, {16, 2}, {8, 8}});
  check_amounts("Ag0.5Ge1Pb1.75S4", {{47, 0.5}, {32, 1}, {82, 1.75}, {16, 4}});
  check_amounts("Al(Ni10B7)2.5", {{13, 1}, {28, 25}, {5, 17.5}});
  check_amounts("CH3COOH", {{6, 2}, {1, 4}, {8, 2}});
  check_amounts("CoCO", {{27, 1}, {6, 1}, {8, 1}});
  check_amounts("H\u2082SO\u2084", {{1, 2}, {16, 1}, {8, 4}});
}

TEST_CASE("hydrates are formulas behind a dot") {
  const Amounts vitriol = {{29, 1}, {16, 1}, {8, 9}, {1, 10}};
  for (const char* text : {"CuSO4*5H2O", "CuSO4\u00B75H2O", "CuSO4 \u2022 5H2O", "CuSO4 .5H2O", "CuSO4(H2O)5"})
    check_amounts(text, vitriol);
  check_amounts("NaCl.2H2O", {{11, 1}, {17, 1}, {1, 4}, {8, 2}});
  check_amounts("ZnO.Al2O3", {{30, 1}, {13, 2}, {8, 4}});
  check_amounts("3CaO*Al2O3", {{20, 3}, {13, 2}, {8, 6}});
}

TEST_CASE("what is no formula says why") {
  const auto problem = [](const std::string& text) {
    const FormulaReading reading = read_formula(text);
    CHECK(reading.amounts.empty());
    return reading.problem;
  };
  CHECK(problem("") == "is empty");
  CHECK(problem("Fe2Q3") == "'Q' is no element");
  CHECK(problem("Xx") == "'Xx' is no element");
  CHECK(problem("D2O") == "'D' is no element");
  CHECK(problem("fe2o3") == "has 'f' where an element or a bracket should begin (character 1)");
  CHECK(problem("Ca(OH2") == "lacks a ')'");
  CHECK(problem("Ca(OH]2") == "lacks a ')'");
  CHECK(problem("CaOH)2") == "has a ')' that nothing opens");
  CHECK(problem("Ca()2") == "holds no element where one is expected");
  CHECK(problem("Fe0O") == "has an amount of 0");
  CHECK(problem("Na+") == "has '+' where an element or a bracket should begin (character 3)");
  CHECK(problem("Fe O") == "has a space within it");
  CHECK(problem("CuSO4*") == "holds no element where one is expected");
  CHECK(problem("CuSO4.5H2O") == "can be read in two ways: write 4.5H2O with '*' for a hydrate, or in brackets");
  CHECK(problem("Fe.5O").starts_with("has a '.' that may be a decimal point"));
  CHECK(problem(std::string(100, '(') + "H" + std::string(100, ')')) == "has too many brackets within each other");
  CHECK_FALSE(problem("Fe\xC3\xA9").empty());
}

TEST_CASE("every element has its symbol and number") {
  CHECK(element_symbol(1) == "H");
  CHECK(element_symbol(26) == "Fe");
  CHECK(element_symbol(92) == "U");
  CHECK(element_symbol(118) == "Og");
  for (int64_t element = 1; element <= elements_known; ++element)
    check_amounts(std::string(element_symbol(element)), {{element, 1.0}});
}

}  // namespace
}  // namespace dlrun::formula_test
