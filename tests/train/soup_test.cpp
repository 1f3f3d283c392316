// Model soups: means of weights, and which members go in.

#include "train/soup.h"

#include <catch2/catch.hpp>
#include <map>

namespace dlrun::soup_test {

TEST_CASE("weights are averaged in double, and what counts is that of the first") {
  const auto state = [](double value, int64_t count) {
    return TensorList{{"w", at::full({2, 2}, value, at::kFloat)}, {"n", at::full({}, count, at::kLong)}};
  };
  const TensorList mean = mean_of_states({state(1, 5), state(2, 6), state(6, 7)});
  REQUIRE(mean.size() == 2);
  CHECK(mean[0].first == "w");
  CHECK(mean[0].second.equal(at::full({2, 2}, 3.0, at::kFloat)));
  CHECK(mean[1].second.item<int64_t>() == 5);
}

TEST_CASE("a greedy soup begins with the best member, and takes those with which it is no worse") {
  std::vector<std::vector<size_t>> asked;
  // Member 1 is the best; 3 helps it, 0 hurts both, 2 changes nothing.
  const std::map<std::vector<size_t>, double> known = {
      {{0}, 0.5}, {{1}, 0.9}, {{2}, 0.6}, {{3}, 0.7}, {{1, 3}, 0.92}, {{1, 3, 2}, 0.92}, {{1, 3, 2, 0}, 0.91}};
  const std::vector<size_t> soup = greedy_soup(4, [&](const std::vector<size_t>& members) {
    asked.push_back(members);
    return known.at(members);
  });
  CHECK(soup == std::vector<size_t>{1, 3, 2});
  CHECK(asked.size() == 7);
}

TEST_CASE("equal members go in by their number") {
  CHECK(greedy_soup(3, [](const std::vector<size_t>&) { return 1.0; }) == std::vector<size_t>{0, 1, 2});
}

}  // namespace dlrun::soup_test
