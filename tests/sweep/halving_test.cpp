// Which trials are stopped early.

#include "sweep/halving.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace dlrun::halving_test {
namespace {

TEST_CASE("rungs are after min, min * factor, min * factor^2 validations") {
  const Halving halving(2, 3, false);
  std::vector<int64_t> rungs;
  for (int64_t count = 1; count <= 60; ++count)
    if (halving.is_rung(count)) rungs.push_back(count);
  CHECK(rungs == std::vector<int64_t>{2, 6, 18, 54});
}

TEST_CASE("one of so many goes on, by what came as far before") {
  Halving halving(1, 2, false);
  CHECK(halving.goes_on(1, 0.5));        // the first is the best
  CHECK_FALSE(halving.goes_on(1, 0.6));  // second of two
  CHECK(halving.goes_on(1, 0.4));        // best of three
  CHECK(halving.goes_on(1, 0.45));       // second of four: two go on
  CHECK_FALSE(halving.goes_on(1, 0.55));
  CHECK_FALSE(halving.goes_on(1, NAN));
  CHECK(halving.goes_on(2, 0.9));  // another rung
  Halving rising(1, 2, true);
  CHECK(rising.goes_on(1, 0.5));
  CHECK_FALSE(rising.goes_on(1, 0.4));
  CHECK(rising.goes_on(1, 0.5));  // as good as the best
}

}  // namespace
}  // namespace dlrun::halving_test
