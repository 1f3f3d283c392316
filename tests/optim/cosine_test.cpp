// The cosine schedule against torch's.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::cosine_test {
namespace {

TEST_CASE("cosine equals CosineAnnealingLR") {
  test::check_rates(test::rates("{type: cosine, min_lr: 0.01}", 0.2, 20, {20, 5}),
                    read_golden("optim/cosine")["rates"]);
}

}  // namespace
}  // namespace dlrun::cosine_test
