// The constant schedule.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::constant_test {
namespace {

TEST_CASE("constant stays") {
  CHECK(test::rates("constant", 0.2, 4, {4, 2}) == std::vector<double>{0.2, 0.2, 0.2, 0.2});
}

}  // namespace
}  // namespace dlrun::constant_test
