// How blocks are shared out among the stages of a pipeline. What stages compute is in step/parted_network_test.cpp.

#include "nn/pipeline_stage.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <numeric>
#include <random>

namespace dlrun::pipeline_stage_test {
namespace {

int64_t largest(const std::vector<int64_t>& sizes, const std::vector<size_t>& begins) {
  int64_t most = 0;
  for (size_t k = 0; k + 1 < begins.size(); ++k)
    most = std::max(most, std::accumulate(sizes.begin() + static_cast<int64_t>(begins[k]),
                                          sizes.begin() + static_cast<int64_t>(begins[k + 1]), int64_t{0}));
  return most;
}

// Of all ways to cut.
int64_t least(const std::vector<int64_t>& sizes, size_t runs) {
  int64_t best = std::numeric_limits<int64_t>::max();
  std::vector<size_t> begins(runs + 1, 0);
  begins.back() = sizes.size();
  const std::function<void(size_t)> cut = [&](size_t k) {
    if (k == runs) {
      best = std::min(best, largest(sizes, begins));
      return;
    }
    for (begins[k] = begins[k - 1] + 1; begins[k] + (runs - k) <= sizes.size(); ++begins[k]) cut(k + 1);
  };
  cut(1);
  return best;
}

}  // namespace

TEST_CASE("blocks are shared out so that the largest share is as small as can be, and nobody has none") {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    const size_t count = 1 + random() % 9, runs = 1 + random() % count;
    std::vector<int64_t> sizes;
    for (size_t i = 0; i < count; ++i) sizes.push_back(1 + static_cast<int64_t>(random() % 50));
    const std::vector<size_t> begins = even_runs(sizes, runs);
    REQUIRE(begins.size() == runs + 1);
    REQUIRE(begins.front() == 0);
    REQUIRE(begins.back() == count);
    for (size_t k = 0; k < runs; ++k) REQUIRE(begins[k] < begins[k + 1]);
    REQUIRE(largest(sizes, begins) == least(sizes, runs));
  }
  CHECK(even_runs({5, 5, 5, 5}, 2) == std::vector<size_t>{0, 2, 4});
  CHECK_THROWS_AS(even_runs({1, 1}, 3), c10::Error);
}

}  // namespace dlrun::pipeline_stage_test
