// Which values trials have, and what tpe gains over random draws.

#include "sweep/strategy.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "spec/scalar.h"

namespace dlrun::strategy_test {
namespace {

SweptKey list_of(std::vector<std::string> choices) {
  SweptKey key;
  key.key = "list";
  key.choices = std::move(choices);
  return key;
}

SweptKey interval_of(double low, double high, bool logarithmic = false, bool whole = false) {
  SweptKey key;
  key.key = "interval";
  key.low = low;
  key.high = high;
  key.logarithmic = logarithmic;
  key.whole = whole;
  return key;
}

TEST_CASE("a grid has every combination once, the last key changing fastest") {
  const Space space = {list_of({"a", "b"}), list_of({"1", "2", "3"})};
  REQUIRE(grid_size(space) == 6);
  CHECK(grid_values(space, 0) == Values{"a", "1"});
  CHECK(grid_values(space, 1) == Values{"a", "2"});
  CHECK(grid_values(space, 3) == Values{"b", "1"});
  std::set<Values> all;
  for (int64_t i = 0; i < 6; ++i) all.insert(grid_values(space, i));
  CHECK(all.size() == 6);
}

TEST_CASE("random draws depend on seed and trial alone, and are even on the scale of the interval") {
  const Space space = {interval_of(1e-4, 1.0, true), interval_of(1, 3, false, true), list_of({"a", "b"})};
  CHECK(random_values(space, 1, 7) == random_values(space, 1, 7));
  CHECK(random_values(space, 1, 7) != random_values(space, 1, 8));
  CHECK(random_values(space, 1, 7) != random_values(space, 2, 7));
  const int draws = 9000;
  int small = 0, threes = 0, as = 0;
  for (int i = 0; i < draws; ++i) {
    const Values values = random_values(space, 0, i);
    small += *parse_number(values[0]) < 1e-2;
    threes += values[1] == "3";
    as += values[2] == "a";
  }
  CHECK(std::abs(small - draws / 2) < 200);
  CHECK(std::abs(threes - draws / 3) < 200);
  CHECK(std::abs(as - draws / 2) < 200);
}

// A rate of 3e-3 and the choice "c" are best.
double quality(const Values& values) {
  const double way = std::log10(*parse_number(values[0]) / 3e-3);
  return way * way + (values[1] == "c" ? 0.0 : 1.0);
}

TEST_CASE("tpe comes nearer to the best values than random draws of the same number, and is a function of its seed") {
  const Space space = {interval_of(1e-6, 1.0, true), list_of({"a", "b", "c", "d"})};
  int wins = 0;
  for (int64_t seed = 0; seed < 20; ++seed) {
    std::vector<Values> trials, best_first;
    double best_random = INFINITY;
    for (int64_t trial = 1; trial <= 40; ++trial) {
      best_first = trials;
      std::stable_sort(best_first.begin(), best_first.end(),
                       [](const Values& a, const Values& b) { return quality(a) < quality(b); });
      trials.push_back(trial <= 10 ? random_values(space, seed, trial) : tpe_values(space, seed, trial, best_first));
      best_random = std::min(best_random, quality(random_values(space, seed, trial)));
    }
    CHECK(tpe_values(space, seed, 40, best_first) == trials.back());
    double best_tpe = INFINITY;
    for (const Values& values : trials) best_tpe = std::min(best_tpe, quality(values));
    wins += best_tpe < best_random;
  }
  CHECK(wins >= 15);
}

TEST_CASE("tpe passes over values that are not in the space") {
  const Space space = {interval_of(0, 1), list_of({"a", "b"})};
  const Values values = tpe_values(space, 0, 3, {{"7", "z"}, {"null", "a"}, {"0.5", "b"}});
  CHECK(*parse_number(values[0]) <= 1.0);
  CHECK((values[1] == "a" || values[1] == "b"));
}

}  // namespace
}  // namespace dlrun::strategy_test
